import { createApp } from './app.js';
import { runCli } from './cli/run.js';
import { terminal } from './cli/terminal.js';
import { readConfig, readStopPath } from './config.js';

process.exitCode = await runCli(['serve'], terminal({ readConfig, readStopPath, createApp }));

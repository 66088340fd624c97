#!/usr/bin/env node
import { runCli } from './cli/run.js';
import { terminal } from './cli/terminal.js';
import { type Config, readConfig, readStopPath } from './config.js';

/** Loaded only where a command needs it: help and the catalogue are quicker without. */
async function createApp(config: Config, again?: { readonly readConfig: () => Config }) {
  const app = await import('./app.js');
  return app.createApp(config, again);
}

process.exitCode = await runCli(process.argv.slice(2), terminal({ readConfig, readStopPath, createApp }));

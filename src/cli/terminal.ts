import { once } from 'node:events';
import { createReadStream, existsSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { parseEnv } from 'node:util';
import { UserError } from '../errors.js';
import { createFile } from './sink.js';
import type { LogLevel } from '../telemetry/log.js';
import type { Opened, Server, World } from './world.js';

type Env = Readonly<Record<string, string | undefined>>;

interface Configured {
  readonly slack: { readonly connection: { readonly kind: 'socket' | 'http' } } | null;
  readonly logLevel: LogLevel;
}

/** The configuration and the composition root, handed in from above. */
export interface Wiring<C extends Configured> {
  readonly readConfig: (env: Env) => C;
  readonly readStopPath: (env: Env) => string;
  readonly createApp: (
    config: C,
    again?: { readonly readConfig: () => C },
  ) => Promise<Opened & { start(): Promise<void> }>;
}

/** The real terminal. One-shot commands leave Slack alone and log warnings only, unless PLUMBLINE_LOG_LEVEL says otherwise. */
export function terminal<C extends Configured>({ readConfig, readStopPath, createApp }: Wiring<C>): World {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', endQuietly);
  return {
    user: userName(),
    out: (text) => void process.stdout.write(text),
    async write(text) {
      if (!process.stdout.write(text)) await once(process.stdout, 'drain');
    },
    err: (text) => void process.stderr.write(text),
    readFile: (path) => readFile(path),
    readChunks: (path) => createReadStream(path),
    createFile,
    async open() {
      const env = environment();
      const config = readConfig(env);
      const logLevel = isSet(env['PLUMBLINE_LOG_LEVEL']) ? config.logLevel : 'warn';
      return opened(() => createApp({ ...config, slack: null, logLevel }));
    },
    async openServer(): Promise<Server> {
      const read = (): C => readConfig(environment());
      const config = read();
      const app = await createApp(config, { readConfig: read });
      return { ...app, slack: config.slack?.connection.kind ?? null };
    },
    stopPath: () => readStopPath(environment()),
    isDebugging,
    onHangup: (listener) => void process.on('SIGHUP', listener),
    signalled,
    quit: (code) => process.exit(code),
  };
}

/** The variables of the process and those of `.env` in the working directory as it is now; the former win. */
function environment(): Env {
  const inFile = existsSync('.env') ? parseEnv(readFileSync('.env', 'utf8')) : {};
  return { ...inFile, ...process.env };
}

/** Without Slack, all that can go wrong unforeseen before a command's work is the database. */
async function opened<T>(create: () => Promise<T>): Promise<T> {
  try {
    return await create();
  } catch (error) {
    if (error instanceof UserError || isDebugging()) throw error;
    const message = error instanceof Error ? error.message : String(error);
    throw new UserError('invalid', `The database cannot be opened: ${message}.`, {
      field: 'DATABASE_URL',
      mend: 'Check DATABASE_URL; without it the database is ./data/plumbline.db.',
    });
  }
}

function isDebugging(): boolean {
  return environment()['PLUMBLINE_LOG_LEVEL'] === 'debug';
}

function signalled(): Promise<string> {
  return new Promise((resolve) => {
    process.once('SIGINT', resolve);
    process.once('SIGTERM', resolve);
  });
}

/** A user that the system's list does not have, as in many containers, is named by its number. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid-${process.getuid?.() ?? 'unknown'}`;
  }
}

/** A reader that has seen enough, such as `head`, closes its end. */
function endQuietly(error: Error): void {
  if (!('code' in error) || error.code !== 'EPIPE') throw error;
  process.exit();
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== '';
}

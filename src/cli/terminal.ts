import { once } from 'node:events';
import { createReadStream, existsSync, readFileSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { readDotenv } from '../config-dotenv.js';
import { textOfBytes } from '../config-text.js';
import { UserError } from '../errors.js';
import { openQuestions } from './prompt.js';
import { createFile } from './sink.js';
import type { LogLevel } from '../telemetry/log.js';
import type { Opened, Server, SlackPlace, World } from './world.js';

type Env = Readonly<Record<string, string | undefined>>;

interface Configured {
  readonly slack:
    (Omit<SlackPlace, 'kind'> & { readonly connection: { readonly kind: 'socket' | 'http' } }) | null;
  readonly databaseUrl: string;
  readonly logLevel: LogLevel;
}

/** The configuration and the composition root, handed in from above. */
export interface Wiring<C extends Configured> {
  readonly readConfig: (env: Env, purpose?: { readonly isServing?: boolean }) => C;
  readonly readStopPath: (env: Env) => string;
  readonly createApp: (
    config: C,
    again?: { readonly readConfig: () => C },
  ) => Promise<Opened & Pick<Server, 'slack' | 'start'>>;
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
    variables: process.env,
    openQuestions,
    isThere: existsSync,
    makeFolder: async (path) => void (await mkdir(path, { recursive: true })),
    createFile,
    async open() {
      const env = environment();
      const config = readConfig(env);
      const logLevel = isSet(env['PLUMBLINE_LOG_LEVEL']) ? config.logLevel : 'warn';
      return opened(() => createApp({ ...config, slack: null, logLevel }));
    },
    async openServer(): Promise<Server> {
      const read = (): C => readConfig(environment(), { isServing: true });
      const config = read();
      const app = await opened(() => createApp(config, { readConfig: read }));
      const { slack, databaseUrl } = config;
      return {
        ...app,
        databaseUrl,
        place: slack === null ? null : { ...slack, kind: slack.connection.kind },
      };
    },
    stopPath: () => readStopPath(environment()),
    isTerminal: process.stderr.isTTY,
    isDebugging,
    onHangup: (listener) => void process.on('SIGHUP', listener),
    signalled,
    quit: (code) => process.exit(code),
  };
}

/** The variables of the process and those of `.env` in the working directory as it is now; the former win. */
function environment(): Env {
  const inFile = existsSync('.env')
    ? readDotenv(textOfBytes(readFileSync('.env'), '.env', '.env'), '.env')
    : {};
  return { ...inFile, ...process.env };
}

/** Before anything is connected, all that can go wrong unforeseen is the database. */
async function opened<T>(create: () => Promise<T>): Promise<T> {
  try {
    return await create();
  } catch (error) {
    if (error instanceof UserError || isDebugging()) throw error;
    throw new UserError('invalid', `The database cannot be opened: ${reasonOf(error)}.`, {
      field: 'DATABASE_URL',
      mend: 'Check DATABASE_URL; without it the database is ./data/plumbline.db.',
    });
  }
}

/** A host with several addresses fails with one error per address and no words of its own. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return reasonOf(error.errors[0]);
  return error instanceof Error ? error.message : String(error);
}

/** Asked while an error is told, which may be that `.env` cannot be read. */
function isDebugging(): boolean {
  try {
    return environment()['PLUMBLINE_LOG_LEVEL'] === 'debug';
  } catch {
    return process.env['PLUMBLINE_LOG_LEVEL'] === 'debug';
  }
}

function signalled(): Promise<string> {
  return new Promise((resolve) => {
    // Never taken off again: without them the next signal would end the process on the spot.
    process.on('SIGINT', resolve);
    process.on('SIGTERM', resolve);
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

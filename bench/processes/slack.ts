import { type SlackSimulator, startSlackSimulator } from '../../src/simulators/slack/server.js';
import { CHANNEL, PEOPLE, type Workspace } from '../workspace.js';
import { serveDeeds } from '../remote.js';

/** What people type, one line after the other; two of them ask a PBX, one its settings. */
const LINES = [
  '/pbx list',
  '/pbx help',
  '/pbx show pbx-00000',
  '/pbx requests',
  '/pbx history',
  '/pbx-baseline show',
];

let slack: SlackSimulator | null = null;

function theSlack(): SlackSimulator {
  if (slack === null) throw new Error('no workspace was started');
  return slack;
}

async function start(): Promise<Workspace> {
  slack = await startSlackSimulator({
    people: PEOPLE.map((id) => ({ id, name: id.toLowerCase() })),
    channels: [{ id: CHANNEL, name: 'pbx' }],
    commands: ['/pbx', '/pbx-baseline', '/pbx-drift'],
  });
  const { apiUrl, botToken, appToken } = slack;
  return { apiUrl, botToken, appToken };
}

/** Everybody types a command at the same time. Returns how long each waited for its acknowledgement, in milliseconds. */
async function volley(): Promise<readonly number[]> {
  const simulator = theSlack();
  const waits = await Promise.all(
    PEOPLE.map(async (id, nth) => {
      const sentAt = performance.now();
      const { acked } = await simulator.person(id).command(CHANNEL, LINES[nth % LINES.length] ?? '');
      return acked ? performance.now() - sentAt : Number.POSITIVE_INFINITY;
    }),
  );
  return waits;
}

const deeds = { start, volley };
export type SlackProcess = typeof deeds;
serveDeeds(deeds);

import { setTimeout as sleep } from 'node:timers/promises';
import type { Build } from './build.js';
import type { Acks } from './processes/acks.js';
import type { BareBolt } from './processes/bare-bolt.js';
import type { Pbxs } from './processes/pbxs.js';
import type { SlackProcess } from './processes/slack.js';
import { type Remote, startRemote } from './remote.js';
import { median, quantile } from './timed.js';

/** How long commands waited for their acknowledgement, in milliseconds: medians over the volleys. */
export interface Waits {
  readonly p50: number;
  readonly p99: number;
}

export interface Acknowledged {
  readonly plumbline: Waits;
  readonly bare: Waits;
  readonly volleys: number;
}

interface Scene {
  readonly slack: Remote<SlackProcess>;
  end(): Promise<void>;
}

/** The first volleys find code that was never run. */
const WARMING_UP = 5;
/** What a volley sets off ends before the next one comes. */
const PAUSE_MS = 250;

/** Measures the acknowledgements of Plumbline and of a Bolt app that does nothing else, a volley each in turn. */
export async function measureAcks(build: Build, volleys: number): Promise<Acknowledged> {
  const scenes = { bare: await bareScene(build), plumbline: await plumblineScene(build) };
  const waits: { readonly bare: Waits[]; readonly plumbline: Waits[] } = { bare: [], plumbline: [] };
  for (let volley = -WARMING_UP; volley < volleys; volley += 1) {
    for (const who of ['bare', 'plumbline'] as const) {
      const found = await scenes[who].slack.ask('volley');
      if (volley >= 0) waits[who].push({ p50: quantile(found, 0.5), p99: quantile(found, 0.99) });
      await sleep(PAUSE_MS);
    }
  }
  await Promise.all([scenes.bare.end(), scenes.plumbline.end()]);
  return { plumbline: middle(waits.plumbline), bare: middle(waits.bare), volleys };
}

async function bareScene(build: Build): Promise<Scene> {
  const slack = startRemote<SlackProcess>(build.fileOf('slack'));
  const app = startRemote<BareBolt>(build.fileOf('bare-bolt'));
  await app.ask('start', await slack.ask('start'));
  return {
    slack,
    async end() {
      await Promise.all([app.end(), slack.end()]);
    },
  };
}

async function plumblineScene(build: Build): Promise<Scene> {
  const slack = startRemote<SlackProcess>(build.fileOf('slack'));
  const pbxs = startRemote<Pbxs>(build.fileOf('pbxs'));
  const app = startRemote<Acks>(build.fileOf('acks'));
  const places = await pbxs.ask('start', { size: 1, kind: 'undrifted', latencyMs: 0 });
  await app.ask('start', { workspace: await slack.ask('start'), places });
  return {
    slack,
    async end() {
      await app.ask('close');
      await Promise.all([app.end(), pbxs.end(), slack.end()]);
    },
  };
}

function middle(waits: readonly Waits[]): Waits {
  return { p50: median(waits.map(({ p50 }) => p50)), p99: median(waits.map(({ p99 }) => p99)) };
}

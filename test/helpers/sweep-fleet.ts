import { onTestFinished } from 'vitest';
import { type App, createApp, type Overrides } from '../../src/app.js';
import type { Config } from '../../src/config.js';
import { ANN, APPROVALS, BEN, CLEO, REPORTS, startWorld, type World } from '../../src/demo/world.js';
import { findSweepReport } from '../../src/drift/queries.js';
import type { Line, PbxReport, Report } from '../../src/drift/report.js';
import { startSweep } from '../../src/drift/sweep.js';
import type { PbxSeed, SimulatedPbx } from '../../src/simulators/pbx/server.js';
import type { SimMessage } from '../../src/simulators/slack/server.js';
import { BOLD } from './bold.js';
import { type Handle, startProxy } from './pbx-proxy.js';
import { expectWholeAudit } from './whole-audit.js';

type PbxConfig = Config['pbxs'][number];

export const APPS = 'GeneralSettingsForApps';
export const PBX = 'GeneralSettingsForPbx';
export const OPERATOR = { kind: 'operator', id: 'test' } as const;

export interface FleetOptions {
  /** Ids, or whole seeds; default only `hq`. */
  readonly pbxs?: readonly (string | PbxSeed)[];
  readonly timeoutMs?: number;
  /** PBXs that are reached through a proxy. */
  readonly through?: Readonly<Record<string, Handle>>;
  readonly tags?: Readonly<Record<string, readonly string[]>>;
  readonly overrides?: Overrides;
  readonly config?: Partial<Config>;
}

/** Plumbline with a workspace and PBXs, all of which end with the test. */
export interface Fleet {
  readonly world: World;
  readonly app: App;
  readonly pbx: (id: string) => SimulatedPbx;
  /** The configuration the app was started with, for a second app on the same database. */
  readonly config: World['config'];
}

/** Starts a workspace, PBXs and Plumbline. */
export async function startFleet(options: FleetOptions = {}): Promise<Fleet> {
  const seeds = (options.pbxs ?? ['hq']).map((pbx) => (typeof pbx === 'string' ? { id: pbx } : pbx));
  const world = await startWorld({ pbxs: seeds });
  onTestFinished(() => world.stop());
  const pbxs = await Promise.all(world.config.pbxs.map((pbx) => configOf(pbx, options)));
  const config = { ...world.config, guards: BOLD, pbxs, ...options.config };
  const app = await createApp(config, options.overrides);
  onTestFinished(async () => {
    await app.stop();
    await expectWholeAudit(config.databaseUrl);
  });
  await app.start();
  return { world, app, config, pbx: (id) => world.pbxs.pbx(id) };
}

async function configOf(pbx: PbxConfig, options: FleetOptions): Promise<PbxConfig> {
  const timed = {
    ...pbx,
    tags: options.tags?.[pbx.id] ?? pbx.tags,
    timeoutMs: options.timeoutMs ?? 5000,
  };
  const handle = options.through?.[pbx.id];
  if (handle === undefined) return timed;
  const proxy = await startProxy(pbx.url, handle);
  onTestFinished(() => proxy.close());
  return { ...timed, url: proxy.url };
}

/** Everything a message says, for looking for words in it. */
export function textOf(message: SimMessage): string {
  return `${message.text}\n${JSON.stringify(message.blocks)}`;
}

/** Ann asks with a command; resolves with the card of her request. */
export async function ask({ world }: Fleet, line: string): Promise<SimMessage> {
  const known = new Set(world.slack.messages(APPROVALS).map(({ ts }) => ts));
  const failed = new Set(world.slack.ephemerals(ANN).map(({ ts }) => ts));
  await world.slack.person(ANN).command(APPROVALS, line);
  return world.slack.until(`the card of ${line}`, () => {
    const refusal = world.slack
      .ephemerals(ANN)
      .find((message) => !failed.has(message.ts) && textOf(message).includes(':warning:'));
    if (refusal !== undefined) throw new Error(`${line}: ${refusal.text}`);
    return world.slack.messages(APPROVALS).find(({ ts }) => !known.has(ts));
  });
}

/** Ben approves, and where the risk is high Cleo too; resolves with the card once it says how the request ended. */
export async function approve({ world }: Fleet, card: SimMessage, ending = '· applied'): Promise<SimMessage> {
  if (textOf(card).includes('Risk: high')) {
    for (const id of [BEN, CLEO]) await confirm(world, id, card);
  } else await world.slack.person(BEN).press(card, 'change.approve');
  return world.slack.until(
    `a card that says ${ending}`,
    () =>
      world.slack
        .messages(APPROVALS)
        .find((message) => message.ts === card.ts && textOf(message).includes(ending)),
    15_000,
  );
}

/** Approves a baseline request whose risk asks for more than a click. */
async function confirm(world: World, id: string, card: SimMessage): Promise<void> {
  const person = world.slack.person(id);
  await person.press(card, 'change.approve');
  await world.slack.until('the window', () => person.modal()?.callbackId === 'approve.form');
  person.fill({ confirmation: 'baseline' });
  await person.submit();
}

/** Ann asks with a command, Ben approves, and it is applied. */
export async function approved(fleet: Fleet, line: string): Promise<SimMessage> {
  return approve(fleet, await ask(fleet, line));
}

export interface Swept {
  readonly id: string;
  /** The one message in the reports channel, with everything it says. */
  readonly summary: string;
  /** What its thread says. */
  readonly details: string;
  readonly report: Report;
  /** What became of one setting of one PBX. */
  line(pbxId: string, key: string): (Pick<Line, 'status'> & Partial<Line>) | undefined;
}

/** Runs one sweep to its end and reads its report in Slack. */
export async function sweep(fleet: Fleet): Promise<Swept> {
  return swept(fleet, await startSweep(fleet.app.ctx, { kind: 'person', actor: OPERATOR }));
}

/** Waits for the end of a sweep and reads its report in Slack. */
export async function swept({ world, app }: Fleet, id: string): Promise<Swept> {
  await app.idle();
  const found = await findSweepReport(app.ctx.db, id);
  if (found === undefined) throw new Error(`there is no sweep ${id}`);
  const { report, sweep: row } = found;
  const title = `Drift report #${row.number}:`;
  const message = await world.slack.until(title, () =>
    world.slack.messages(REPORTS).find(({ text }) => text.startsWith(title)),
  );
  const details = world.slack.thread(REPORTS, message.ts).map(textOf).join('\n');
  const line = (pbxId: string, key: string) =>
    statusOf(
      report.entries.find((pbx) => pbx.pbxId === pbxId),
      key,
    );
  return { id, summary: textOf(message), details, report, line };
}

function statusOf(
  pbx: PbxReport | undefined,
  key: string,
): (Pick<Line, 'status'> & Partial<Line>) | undefined {
  if (pbx?.inSync.includes(key) === true) return { key, status: 'in-sync' };
  return pbx?.lines.find((line) => line.key === key);
}

/** A clock that stands still until it is moved. */
export function createClock(start: string): { readonly now: () => Date; moveTo(time: string): void } {
  let at = new Date(start);
  return {
    now: () => new Date(at),
    moveTo(time) {
      at = new Date(time);
    },
  };
}

import { expect, test } from 'vitest';
import { ANN, APPROVALS, BEN } from '../src/demo/world.js';
import { listRequests } from '../src/changes/queries.js';
import { listInspections } from './helpers/inspections.js';
import { FAULT_KINDS } from '../src/simulators/pbx/faults.js';
import { fail, FAILED_READS, failAfter } from './helpers/pbx-faults.js';
import {
  APPS,
  approved,
  type Fleet,
  PBX,
  startFleet,
  sweep,
  type Swept,
  textOf,
} from './helpers/sweep-fleet.js';

const IDS = FAILED_READS.map(({ id }) => id);
const KEYS = ['EnableChat', 'PlayBusy'] as const;

/** A healthy PBX and one for every failure, all under one baseline and all with drift in both resources. */
async function driftedFleet(): Promise<Fleet> {
  const fleet = await startFleet({ pbxs: ['healthy', ...IDS], timeoutMs: 2000 });
  await approved(fleet, `/pbx-baseline capture healthy ${KEYS.join(' ')} --for all --because start`);
  for (const id of ['healthy', ...IDS]) drift(fleet, id);
  return fleet;
}

function drift({ pbx }: Fleet, id: string): void {
  pbx(id).change(APPS, { EnableChat: false });
  pbx(id).change(PBX, { PlayBusy: false });
}

const logIns = ({ pbx }: Fleet, id: string): number =>
  pbx(id).requests.filter(({ operation }) => operation === 'token').length;

function expectCorrected({ pbx }: Fleet, { line }: Swept, id: string): void {
  for (const key of KEYS) expect(line(id, key)?.status, `${id} ${key}`).toBe('corrected');
  expect(pbx(id).writes(), id).toHaveLength(2);
}

function expectUnknown({ pbx }: Fleet, { line, summary, details }: Swept, id: string, because: RegExp): void {
  expect(pbx(id).writes(), id).toEqual([]);
  for (const key of KEYS) {
    expect(line(id, key)?.status, `${id} ${key}`).toBe('unknown');
    expect(line(id, key)?.because ?? '', id).toMatch(because);
  }
  expect(summary).toMatch(/could not be read/);
  expect(details).toContain(id);
}

/** After the trouble is over the next sweep mends all by itself, but a refused credential waits for a person. */
async function expectRecovery(fleet: Fleet): Promise<void> {
  for (const id of IDS) fleet.pbx(id).clearFaults();
  const before = new Map(IDS.map((id) => [id, logIns(fleet, id)]));
  const next = await sweep(fleet);
  for (const { id, isRefused } of FAILED_READS) {
    if (isRefused !== true) {
      expectCorrected(fleet, next, id);
      continue;
    }
    expectUnknown(fleet, next, id, /The PBX was not asked: it refused the credential/);
    expect(logIns(fleet, id), id).toBe(before.get(id));
    await fleet.app.ctx.pbxs.find((pbx) => pbx.id === id)?.xapi.retryCredential();
  }
  const last = await sweep(fleet);
  for (const { id, isRefused } of FAILED_READS) {
    if (isRefused === true) expectCorrected(fleet, last, id);
    else expect(last.line(id, 'EnableChat')?.status, id).toBe('in-sync');
  }
}

test('the failures below are all that a simulated PBX knows', () => {
  const others = ['not-stored', 'rewritten', 'reply-lost', 'token-expires'];
  const kinds = new Set(FAILED_READS.map(({ fault }) => fault.kind));
  expect([...kinds].toSorted()).toEqual(FAULT_KINDS.filter((kind) => !others.includes(kind)).toSorted());
});

test('a sweep writes nothing where it could not read, says why, and mends all once the trouble is over', async () => {
  const fleet = await driftedFleet();
  for (const { id, fault } of FAILED_READS) fail(fleet.pbx(id), fault);

  const result = await sweep(fleet);

  expectCorrected(fleet, result, 'healthy');
  for (const { id, because } of FAILED_READS) expectUnknown(fleet, result, id, because);
  for (const { pbxId, plan } of await listInspections(fleet.app.ctx.db, result.id)) {
    expect(plan.length, pbxId).toBe(pbxId === 'healthy' ? 2 : 0);
  }
  expect(result.report.counts).toMatchObject({ corrected: 2, drifted: 0, unknown: 2 * IDS.length });
  await expectRecovery(fleet);
});

test('a sweep that found drift writes nothing where it cannot read again just before it would write', async () => {
  const fleet = await driftedFleet();
  for (const { id, fault } of FAILED_READS) failAfter(fleet.pbx(id), 2, fault);

  const result = await sweep(fleet);

  expectCorrected(fleet, result, 'healthy');
  for (const { id, because } of FAILED_READS) expectUnknown(fleet, result, id, because);
  await expectRecovery(fleet);
});

test('an approved change is not written where the PBX cannot be read again just before', async () => {
  const fleet = await startFleet({ pbxs: IDS, timeoutMs: 2000 });
  const { slack } = fleet.world;
  for (const id of IDS) {
    await slack.person(ANN).command(APPROVALS, `/pbx set ${id} EnableChat off --because quiet`);
  }
  const cards = await slack.until('all cards', () => {
    const found = slack.messages(APPROVALS).filter(({ text }) => text.includes('waiting for approval'));
    return found.length === IDS.length && found;
  });

  for (const { id, fault } of FAILED_READS) fail(fleet.pbx(id), fault);
  await Promise.all(cards.map((card) => slack.person(BEN).press(card, 'change.approve')));
  await slack.until(
    'all results',
    () => slack.messages(APPROVALS).filter((card) => textOf(card).includes('· failed')).length === IDS.length,
    20_000,
  );

  const requests = await listRequests(fleet.app.ctx.db, { limit: 100 });
  for (const { id, because } of FAILED_READS) {
    const request = requests.find(({ target }) => target === id);
    expect(request?.results[0]?.outcomes, id).toMatchObject([{ key: 'EnableChat', status: 'unknown' }]);
    expect(request?.results[0]?.outcomes?.[0]?.because ?? '', id).toMatch(because);
    expect(fleet.pbx(id).writes(), id).toEqual([]);
  }
});

test('nothing is captured and nothing asked for where the PBX cannot be read', async () => {
  const fleet = await startFleet({ pbxs: IDS, timeoutMs: 2000 });
  const { slack } = fleet.world;
  for (const { id, fault } of FAILED_READS) fail(fleet.pbx(id), fault);

  const commands = IDS.flatMap((id) => [
    `/pbx-baseline capture ${id} EnableChat --because start`,
    `/pbx set ${id} EnableChat off --because quiet`,
  ]);
  await Promise.all(commands.map((line) => slack.person(ANN).command(APPROVALS, line)));
  const refusals = await slack.until(
    'all refusals',
    () => {
      const found = slack.ephemerals(ANN).filter((message) => textOf(message).includes(':warning:'));
      return found.length === commands.length && found;
    },
    20_000,
  );

  for (const { text } of refusals) expect(text).toContain('could not be read from');
  expect(slack.messages(APPROVALS)).toEqual([]);
  expect(await listRequests(fleet.app.ctx.db, { limit: 100 })).toEqual([]);
  for (const id of IDS) expect(fleet.pbx(id).writes(), id).toEqual([]);
});

import { inspectPbx } from '../../drift/inspect.js';
import { findDriftNow } from '../../drift/now-queries.js';
import { findLastReport } from '../../drift/queries.js';
import { type Inspected, reportOf } from '../../drift/report.js';
import { currentBaseline } from '../../baseline/store.js';
import { selectPbxs } from '../../fleet/pbx.js';
import type { Ctx, Pbx } from '../../ctx.js';
import { nextDue } from '../../jobs/due.js';
import { answer } from '../blocks/answers.js';
import type { Message } from '../blocks/kit.js';
import { checkMessage, lastReportMessage } from '../blocks/report.js';
import { statusMessage } from '../blocks/report-status.js';
import { counted } from '../blocks/text.js';
import type { ActionInput, Conversation } from '../conversation.js';
import { replyWhenReady } from '../patience.js';
import { pbxNames } from './scope.js';

const AT_ONCE = 16;
const NO_BASELINE = 'There is no baseline yet, so nothing can drift. Take one with `/pbx-baseline capture`.';
const NO_REPORT = 'No sweep has ended yet. `/pbx-drift check` compares now.';

/** Drift: looking now, and the report of the last sweep. */
export const drift: Conversation = {
  commands: [
    {
      command: '/pbx-drift',
      verb: 'check',
      usage: '/pbx-drift check [pbx, tag:name or all]',
      help: 'Compares PBXs with the baseline now; only reads.',
      most: 1,
      run: async ({ ctx, words, reply }) => check(ctx, reply, words.args[0] ?? 'all'),
    },
    {
      command: '/pbx-drift',
      verb: 'report',
      usage: '/pbx-drift report',
      help: 'Shows the report of the last sweep.',
      most: 0,
      run: async ({ ctx, reply }) => reply(await lastReport(ctx)),
    },
    {
      command: '/pbx-drift',
      verb: 'status',
      usage: '/pbx-drift status',
      help: 'Shows how drift stands: sweeps, what is open, what waits and what keeps corrections back.',
      most: 0,
      run: async ({ ctx, reply }) => reply(await status(ctx)),
    },
  ],
  actions: [
    { id: 'drift.status', run: async ({ ctx, reply }) => reply(await status(ctx)) },
    { id: 'drift.check', run: async ({ ctx, value, reply }) => check(ctx, reply, value) },
    { id: 'drift.report', run: async ({ ctx, reply }) => reply(await lastReport(ctx)) },
  ],
};

async function check(ctx: Ctx, reply: ActionInput['reply'], target: string): Promise<void> {
  const pbxs = selectPbxs(ctx, target);
  if ((await currentBaseline(ctx.db)).version === 0) return reply(answer(NO_BASELINE));
  await replyWhenReady(reply, `Comparing ${counted(pbxs.length, 'PBX')} with the baseline…`, async () =>
    checkMessage(reportOf(await inspectAll(ctx, pbxs)), pbxNames(ctx)),
  );
}

/** A few PBXs at a time; one that fails unexpectedly does not spoil the others. */
async function inspectAll(ctx: Ctx, pbxs: readonly Pbx[]): Promise<readonly Inspected[]> {
  const inspected: Inspected[] = [];
  for (let from = 0; from < pbxs.length; from += AT_ONCE) {
    inspected.push(
      ...(await Promise.all(pbxs.slice(from, from + AT_ONCE).map((pbx) => inspectOne(ctx, pbx)))),
    );
  }
  return inspected;
}

async function inspectOne(ctx: Ctx, pbx: Pbx): Promise<Inspected> {
  const base = { pbxId: pbx.id, outcomes: [] };
  try {
    const { findings, gap } = await inspectPbx(ctx, pbx);
    return { ...base, findings, failure: null, gap };
  } catch (error) {
    ctx.log.error({ err: error, pbx: pbx.id }, 'a PBX could not be checked');
    return { ...base, findings: [], failure: 'an unexpected error, see the log' };
  }
}

async function lastReport(ctx: Ctx): Promise<Message> {
  const last = await findLastReport(ctx.db);
  return last === undefined ? answer(NO_REPORT) : lastReportMessage(last, pbxNames(ctx));
}

async function status(ctx: Ctx): Promise<Message> {
  const nextAt = nextDue(ctx.schedule, ctx.now())?.toISOString() ?? null;
  return statusMessage(await findDriftNow(ctx), { nameOf: pbxNames(ctx), nextAt });
}

import { record } from '../audit/record.js';
import { currentDesired } from '../baseline/desired.js';
import { publishBaseline } from '../baseline/publish.js';
import { withRules } from '../baseline/rules.js';
import { deleteExceptions, insertExceptions } from '../baseline/store.js';
import { type Actor, type Ctx, type Pbx, timestamp } from '../ctx.js';
import { jsonOutcome, type Outcome } from '../fleet/outcome.js';
import type { Observation } from '../fleet/observation.js';
import { getPbx } from '../fleet/pbx.js';
import { resourceJson } from '../fleet/resource-json.js';
import { writeSettings, type WriteReport } from '../fleet/write.js';
import { findWrite } from '../fleet/write-journal.js';
import { encodeJson } from '../storage/json.js';
import { governing } from './propose.js';
import { type ChangeRequest, rulesOfItems, type SettingsContent } from './request.js';
import { findRequest, transition } from './store.js';

const SYSTEM: Actor = { kind: 'system', id: 'plumbline' };

/**
 * Carries out an approved request, or goes on with one that was interrupted. Called any number of times it writes once:
 * the row is claimed by a conditional update and the write is journalled under the request's id.
 */
export async function executeChange(ctx: Ctx, id: string): Promise<void> {
  const request = await claim(ctx, id);
  if (request === null) return;
  try {
    await carryOut(ctx, request);
  } catch (error) {
    ctx.log.error({ err: error, request: id }, 'a change could not be carried out');
    throw error;
  }
}

async function claim(ctx: Ctx, id: string): Promise<ChangeRequest | null> {
  return ctx.db.transaction().execute(async (tx) => {
    const request = await findRequest(tx, id);
    if (request?.state === 'applying') return request;
    if (request?.state !== 'approved' || !(await transition(tx, id, 'approved', 'claim'))) return null;
    await record(tx, {
      at: timestamp(ctx),
      actor: SYSTEM,
      action: 'change.applying',
      subject: { kind: 'change', id },
    });
    return (await findRequest(tx, id)) ?? null;
  });
}

async function carryOut(ctx: Ctx, request: ChangeRequest): Promise<void> {
  const pbx = ctx.pbxs.find((candidate) => candidate.id === request.pbxId);
  if (pbx === undefined) return fail(ctx, request, `The PBX ${request.pbxId} is no longer in the fleet.`);
  if (request.content.kind === 'baseline') return publish(ctx, request);
  const governed = await governedNow(ctx, pbx, request, request.content);
  if (governed !== null) return fail(ctx, request, governed);
  return write(ctx, pbx, request, request.content);
}

/** A write that was begun is finished whatever the baseline says since: what became of it must be known. */
async function governedNow(
  ctx: Ctx,
  pbx: Pbx,
  request: ChangeRequest,
  content: SettingsContent,
): Promise<string | null> {
  const isBegun = (await findWrite(ctx.db, { kind: 'change', id: request.id }, pbx.id)) !== undefined;
  if (content.hold.kind !== 'none' || isBegun) return null;
  const { version, desired } = await currentDesired(ctx, pbx);
  const item = content.items.find((candidate) => governing(candidate, desired) !== undefined);
  return item === undefined ? null : `Meanwhile baseline v${version} holds ${item.key} at another value.`;
}

async function write(ctx: Ctx, pbx: Pbx, request: ChangeRequest, content: SettingsContent): Promise<void> {
  await beginExceptions(ctx, request, content);
  const order = {
    cause: { kind: 'change', id: request.id },
    actor: request.requestedBy,
    unit: 'all',
    changes: content.items.map(({ key, before, value }) => ({ key, expected: before, value })),
  } as const;
  await writeSettings(ctx, pbx, order, (report) => finish(ctx, request, content, report));
}

/** An exception is in force before the write, so that no sweep in between undoes it. */
async function beginExceptions(ctx: Ctx, request: ChangeRequest, content: SettingsContent): Promise<void> {
  const { hold } = content;
  if (hold.kind !== 'exception') return;
  const exceptions = content.items.map(({ key }) => ({
    id: ctx.newId(),
    key,
    pbxId: request.pbxId,
    untilAt: hold.untilAt,
    owner: request.requestedBy.id,
    reason: request.reason,
  }));
  await ctx.db.transaction().execute((tx) => insertExceptions(tx, request.id, exceptions, timestamp(ctx)));
}

async function finish(
  ctx: Ctx,
  request: ChangeRequest,
  content: SettingsContent,
  report: WriteReport,
): Promise<void> {
  const isApplied = report.outcomes.every(({ status }) => status === 'written' || status === 'unchanged');
  const modes = new Map(
    (await currentDesired(ctx, getPbx(ctx, request.pbxId))).desired.map(({ rule }) => [rule.key, rule.mode]),
  );
  await ctx.db.transaction().execute(async (tx) => {
    if (isApplied && content.hold.kind === 'baseline') {
      const added = rulesOfItems(content.items, request.pbxId, (key) => modes.get(key) ?? 'enforce');
      const build = (current: { rules: Parameters<typeof withRules>[0] }) => withRules(current.rules, added);
      await publishBaseline(ctx, tx, { requestId: request.id, actor: request.requestedBy, build });
    }
    if (!isApplied) await deleteExceptions(tx, request.id);
    await end(ctx, tx, request, {
      outcomes: report.outcomes,
      observation: report.observation,
      failure: null,
      isApplied,
    });
  });
}

async function publish(ctx: Ctx, request: ChangeRequest): Promise<void> {
  const { content } = request;
  if (content.kind !== 'baseline') return;
  await ctx.db.transaction().execute(async (tx) => {
    const version = await publishBaseline(ctx, tx, {
      requestId: request.id,
      actor: request.requestedBy,
      build: (current) =>
        current.version === request.baselineVersion ? withRules(current.rules, content.rules) : null,
    });
    const failure =
      version === null
        ? `The baseline changed since v${request.baselineVersion}, on which this request was built.`
        : null;
    await end(ctx, tx, request, { outcomes: null, observation: null, failure, isApplied: version !== null });
  });
}

async function fail(ctx: Ctx, request: ChangeRequest, failure: string): Promise<void> {
  await ctx.db.transaction().execute(async (tx) => {
    await deleteExceptions(tx, request.id);
    await end(ctx, tx, request, { outcomes: null, observation: null, failure, isApplied: false });
  });
}

interface Ending {
  readonly outcomes: readonly Outcome[] | null;
  readonly observation: Observation | null;
  readonly failure: string | null;
  readonly isApplied: boolean;
}

async function end(
  ctx: Ctx,
  tx: Parameters<typeof transition>[0],
  request: ChangeRequest,
  ending: Ending,
): Promise<void> {
  const at = timestamp(ctx);
  const { outcomes, observation, failure, isApplied } = ending;
  const moved = await transition(tx, request.id, 'applying', isApplied ? 'succeed' : 'fail', {
    finished_at: at,
    failure,
    ...(outcomes === null ? {} : { outcomes: encodeJson(outcomes) }),
    ...(observation === null ? {} : { result: encodeJson(resourceJson(observation)) }),
  });
  if (!moved) return;
  await record(tx, {
    at,
    actor: SYSTEM,
    action: isApplied ? 'change.applied' : 'change.failed',
    subject: { kind: 'change', id: request.id },
    detail: { number: request.number, failure, outcomes: outcomes?.map(jsonOutcome) ?? null },
  });
}

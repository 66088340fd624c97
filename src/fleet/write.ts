import { record } from '../audit/record.js';
import { type Actor, type Ctx, type Pbx, timestamp } from '../ctx.js';
import { getSetting } from '../settings/catalogue.js';
import type { ResourceName } from '../settings/setting.js';
import { XapiError } from '../xapi/errors.js';
import { patchResource } from '../xapi/resource.js';
import { type Lease, withPbx } from './lease.js';
import type { Observation } from './observation.js';
import { observe } from './observe.js';
import {
  byResource,
  dropUnwanted,
  jsonChange,
  jsonOutcome,
  type Outcome,
  patchBody,
  prepare,
  type Sent,
  settle,
  type Unit,
  type WantedChange,
} from './outcome.js';
import { findStop, stopWords } from './stop.js';
import { type Cause, findWrite, insertIntent, type JournalEntry, settleWrite } from './write-journal.js';

type WriteCtx = Pick<Ctx, 'db' | 'now' | 'newId' | 'holder' | 'log' | 'stopFile'>;

export interface WriteOrder {
  readonly cause: Cause;
  readonly actor: Actor;
  readonly changes: readonly WantedChange[];
  /** `all`: one setting that moved or cannot be read holds back the others. `each`: every setting for itself. */
  readonly unit: Unit;
  /** Asked once the PBX is locked: which of the keys are no longer wanted, and why. */
  readonly unwanted?: () => Promise<ReadonlyMap<string, string>>;
}

export interface WriteReport {
  readonly outcomes: readonly Outcome[];
  /** The PBX after the write; what could not be read back is unknown in it. */
  readonly observation: Observation;
}

/**
 * The only door through which a PBX is written: lock it, read it again, compare with the expected values, note the
 * intent, PATCH only what differs, read back, note the outcome. Asked twice for one cause it writes once: an order that
 * was interrupted is settled by reading first. `afterwards` runs while the PBX is still locked.
 */
export async function writeSettings(
  ctx: WriteCtx,
  pbx: Pbx,
  order: WriteOrder,
  afterwards: (report: WriteReport) => Promise<void> = async () => undefined,
): Promise<WriteReport> {
  return withPbx(ctx, pbx.id, async (lease) => {
    const report = await writeLocked(ctx, pbx, order, lease);
    await afterwards(report);
    return report;
  });
}

async function writeLocked(ctx: WriteCtx, pbx: Pbx, order: WriteOrder, lease: Lease): Promise<WriteReport> {
  const earlier = await findWrite(ctx.db, order.cause, pbx.id);
  const changes = earlier?.changes ?? order.changes;
  const before = await observe(ctx, pbx, resourcesOf(changes));
  if (earlier?.state === 'settled') return { outcomes: earlier.outcomes ?? [], observation: before };
  const prepared = prepare(changes, before, order.unit, earlier !== undefined);
  const unwanted = await order.unwanted?.();
  const { toWrite, outcomes } = unwanted === undefined ? prepared : dropUnwanted(prepared, unwanted);
  const id = earlier?.id ?? (await intend(ctx, pbx, order, changes));
  if (toWrite.length === 0) return finish(ctx, pbx, order, id, outcomes, before);
  await lease.renew();
  const sent = await send(ctx, pbx, toWrite, { live: before, unit: order.unit });
  const after = await observe(ctx, pbx, resourcesOf(changes));
  const settled = toWrite.map((change) => settle(change, sentOf(sent, change), after));
  return finish(ctx, pbx, order, id, [...outcomes, ...settled], after);
}

async function intend(
  ctx: WriteCtx,
  pbx: Pbx,
  order: WriteOrder,
  changes: readonly WantedChange[],
): Promise<JournalEntry['id']> {
  const id = ctx.newId();
  const at = timestamp(ctx);
  await ctx.db.transaction().execute(async (tx) => {
    await insertIntent(tx, { id, cause: order.cause, pbxId: pbx.id, changes, at });
    await record(tx, {
      at,
      actor: order.actor,
      action: 'write.intended',
      subject: { kind: 'write', id },
      detail: {
        pbx: pbx.id,
        cause: order.cause,
        changes: changes.map(jsonChange),
      },
    });
  });
  return id;
}

async function send(
  ctx: WriteCtx,
  pbx: Pbx,
  changes: readonly WantedChange[],
  { live, unit }: { readonly live: Observation; readonly unit: Unit },
): Promise<ReadonlyMap<ResourceName, Sent>> {
  const sent = new Map<ResourceName, Sent>();
  for (const [name, group] of byResource(changes)) {
    const body = patchBody(group, live.properties[name] ?? {});
    const ended = (await stopped(ctx)) ?? (await patch(pbx, name, body));
    sent.set(name, ended);
    if (unit === 'all' && ended.status !== 'accepted') break;
  }
  return sent;
}

/** Asked last of all before each request, so that a stop holds back whatever was under way. */
async function stopped(ctx: WriteCtx): Promise<Sent | null> {
  const stop = await findStop(ctx);
  return stop === null ? null : { status: 'unsent', because: stopWords(stop) };
}

async function patch(pbx: Pbx, name: ResourceName, body: Record<string, unknown>): Promise<Sent> {
  try {
    await patchResource(pbx.xapi, name, body);
    return { status: 'accepted' };
  } catch (error) {
    if (!(error instanceof XapiError)) throw error;
    if (error.isAmbiguous) return { status: 'ambiguous', because: error.message };
    return { status: error.status === null ? 'unsent' : 'refused', because: error.message };
  }
}

function sentOf(sent: ReadonlyMap<ResourceName, Sent>, change: WantedChange): Sent {
  return (
    sent.get(getSetting(change.key).resource) ?? { status: 'unsent', because: 'another part failed before' }
  );
}

async function finish(
  ctx: WriteCtx,
  pbx: Pbx,
  order: WriteOrder,
  id: string,
  outcomes: readonly Outcome[],
  observation: Observation,
): Promise<WriteReport> {
  const at = timestamp(ctx);
  await ctx.db.transaction().execute(async (tx) => {
    if (!(await settleWrite(tx, id, outcomes, at))) return;
    await record(tx, {
      at,
      actor: order.actor,
      action: 'write.settled',
      subject: { kind: 'write', id },
      detail: { pbx: pbx.id, cause: order.cause, outcomes: outcomes.map(jsonOutcome) },
    });
  });
  ctx.log.info(
    { pbx: pbx.id, cause: order.cause, outcomes: outcomes.map(({ key, status }) => ({ key, status })) },
    'write settled',
  );
  return { outcomes, observation };
}

function resourcesOf(changes: readonly WantedChange[]): readonly ResourceName[] {
  return [...byResource(changes).keys()];
}

import pLimit from 'p-limit';
import { insertExceptions } from '../baseline/exception-store.js';
import { type Ctx, timestamp } from '../ctx.js';
import { observe } from '../fleet/observe.js';
import { resourceJson } from '../fleet/resource-json.js';
import { writeSettings, type WriteReport } from '../fleet/write.js';
import { type Cause, findWrite, isBegun } from '../fleet/write-journal.js';
import { getSetting } from '../settings/catalogue.js';
import { formatValue } from '../settings/kind.js';
import type { Tx } from '../storage/database.js';
import { askAgain, type Renewal } from './ask-again.js';
import { heldBack } from './held-back.js';
import type { ChangeRequest, Part, PartResult, SettingsContent } from './request.js';
import { renewForAddress, renewForMoved, type Shift, shiftOf } from './stale.js';
import { keepBaseline } from './keep-baseline.js';
import { createProgress } from './progress.js';
import { findRequest, holdApplying, savePart, touch } from './store.js';

const CONCURRENCY = 8;
const HOLD_MS = 7 * 24 * 3_600_000;

/** How a request ended. */
export interface Ending {
  readonly isApplied: boolean;
  readonly failure: string | null;
}

/** How a request is brought to its end. */
export interface Closing {
  end(ctx: Ctx, tx: Tx, request: ChangeRequest, ending: Ending): Promise<void>;
  fail(ctx: Ctx, request: ChangeRequest, failure: string): Promise<void>;
}

/**
 * Applies a request to its PBXs: the first one alone, as a canary, then the others; one that fails ends the roll-out
 * where a rule says so. Before the first write all of them are read again: a value that moved voids the approvals.
 */
export async function applyParts(
  ctx: Ctx,
  request: ChangeRequest,
  content: SettingsContent,
  closing: Closing,
): Promise<void> {
  if (!(await isBegun(ctx.db, causeOf(request)))) {
    const renewal = await staleBefore(ctx, request, content);
    if (renewal !== null) return renew(ctx, request, renewal, closing);
  }
  await beginExceptions(ctx, request, content);
  const held = await rollOut(ctx, request, content);
  await finish(ctx, request, content, { closing, held });
}

/** Each round of a request writes under its own name, so that a new round may write what the last one could not. */
export function causeOf({ id, round }: Pick<ChangeRequest, 'id' | 'round'>): Cause {
  return { kind: 'change', id: round === 1 ? id : `${id}.${round}` };
}

/** A single PBX is read by the write itself, under its lock. */
async function staleBefore(
  ctx: Ctx,
  request: ChangeRequest,
  content: SettingsContent,
): Promise<Renewal | null> {
  const moved = renewForAddress(ctx, request, content);
  if (moved !== null || content.parts.length < 2) return moved;
  const limit = pLimit(CONCURRENCY);
  const shifts = await Promise.all(content.parts.map((part) => limit(() => look(ctx, part))));
  return renewForMoved(request, content, shifts);
}

async function look(ctx: Ctx, part: Part): Promise<Shift> {
  const pbx = ctx.pbxs.find(({ id }) => id === part.pbxId);
  if (pbx === undefined) return { part, moved: [] };
  const resources = new Set(part.items.map(({ key }) => getSetting(key).resource));
  return shiftOf(part, await observe(ctx, pbx, [...resources]));
}

/** On a terminal nobody is there to be asked again: the command fails and says both values. */
async function renew(ctx: Ctx, request: ChangeRequest, renewal: Renewal, closing: Closing): Promise<void> {
  if (request.approval.kind !== 'operator') {
    await askAgain(ctx, request, renewal);
    return;
  }
  const values = renewal.moved.map(({ pbxId, key, before, after }) => {
    const setting = getSetting(key);
    return `${setting.label} on ${pbxId} was ${formatValue(setting, before)} and is ${formatValue(setting, after)}`;
  });
  await closing.fail(ctx, request, [renewal.because, ...values].join(' '));
}

/** An exception is in force before the write, so that no sweep in between undoes it before the baseline says the same. */
async function beginExceptions(
  ctx: Ctx,
  request: ChangeRequest,
  { hold, parts }: SettingsContent,
): Promise<void> {
  if (hold.kind === 'none') return;
  const until = new Date(ctx.now().getTime() + HOLD_MS).toISOString();
  const exceptions = parts.flatMap(({ pbxId, items }) =>
    items.map(({ key }) => ({
      id: ctx.newId(),
      key,
      target: pbxId,
      untilAt: hold.kind === 'exception' ? hold.untilAt : until,
      owner: request.requestedBy.id,
      reason: request.reason,
    })),
  );
  await ctx.db.transaction().execute(async (tx) => {
    if (!(await holdApplying(tx, request))) return;
    await insertExceptions(tx, request.id, exceptions, timestamp(ctx));
  });
}

/** Returns why PBXs were left alone whose turn had not come when everything was stopped or a freeze began, or null. */
async function rollOut(ctx: Ctx, request: ChangeRequest, content: SettingsContent): Promise<string | null> {
  const { parts } = content;
  const progress = createProgress(ctx, request.id);
  const isDone = ({ pbxId }: Part): boolean =>
    request.results.some((result) => result.pbxId === pbxId && result.state !== 'waiting');
  const state: { failedOn: string | null; held: string | null } = {
    failedOn: request.results.find((result) => result.state === 'failed')?.pbxId ?? null,
    held: null,
  };
  const stops = stopsOnFailure(request);
  const work = async (part: Part): Promise<void> => {
    if (isDone(part)) return;
    const held = await heldPart(ctx, request, content, part);
    state.held ??= held;
    const result =
      held !== null
        ? failed(ctx, part, `Not sent: ${held}.`)
        : stops && state.failedOn !== null
          ? stopped(ctx, part, state.failedOn)
          : await applyPart(ctx, request, content, part);
    if (result.state === 'failed' && state.failedOn === null) state.failedOn = part.pbxId;
    await ctx.db.transaction().execute(async (tx) => {
      if (!(await holdApplying(tx, request))) return;
      await savePart(tx, request.id, result);
      if (parts.length > 1) await touch(tx, request.id);
    });
    if (parts.length > 1) progress.show();
  };
  const [canary, ...others] = parts;
  if (canary !== undefined) await work(canary);
  const limit = pLimit(CONCURRENCY);
  const ended = await Promise.allSettled(others.map((part) => limit(() => work(part))));
  await progress.end();
  const broken = ended.find((one) => one.status === 'rejected');
  if (broken !== undefined) throw broken.reason;
  return state.held;
}

/** A write that was begun before an interruption is taken to its end all the same: it is settled by reading first. */
async function heldPart(
  ctx: Ctx,
  request: ChangeRequest,
  content: SettingsContent,
  part: Part,
): Promise<string | null> {
  const held = await heldBack(ctx, { ...request, content: { ...content, parts: [part] } });
  if (held === null || (await findWrite(ctx.db, causeOf(request), part.pbxId)) !== undefined) return null;
  return held.because;
}

function stopsOnFailure({ approval }: ChangeRequest): boolean {
  return approval.kind !== 'people' || approval.rules.some((rule) => rule.stopsOnFailure);
}

async function applyPart(
  ctx: Ctx,
  request: ChangeRequest,
  content: SettingsContent,
  part: Part,
): Promise<PartResult> {
  const pbx = ctx.pbxs.find(({ id }) => id === part.pbxId);
  if (pbx === undefined) {
    return failed(ctx, part, `The PBX ${part.pbxId} is no longer in the fleet.`);
  }
  if (part.url !== '' && part.url !== pbx.url) {
    const places = `${part.pbxId} was at ${part.url}, and is at ${pbx.url} now`;
    return failed(ctx, part, `${places}; nothing was sent there.`);
  }
  const report = await writeSettings(ctx, pbx, {
    cause: causeOf(request),
    actor: request.requestedBy,
    unit: 'all',
    changes: part.items.map(({ key, before, value }) => ({ key, expected: before, value })),
    unwanted: async () => {
      const because = await unwantedNow(ctx, request, content, { part, url: pbx.url });
      return new Map(because === null ? [] : part.items.map(({ key }) => [key, because]));
    },
  });
  return resultOf(ctx, part, report);
}

/** Other work may have had the PBX for a while: a freeze may have begun since, or the PBX be somewhere else. */
async function unwantedNow(
  ctx: Ctx,
  request: ChangeRequest,
  content: SettingsContent,
  { part, url }: { readonly part: Part; readonly url: string },
): Promise<string | null> {
  const now = ctx.pbxs.find(({ id }) => id === part.pbxId);
  if (now?.url !== url) return `${part.pbxId} was at ${url} a moment ago`;
  return (await heldBack(ctx, { ...request, content: { ...content, parts: [part] } }))?.because ?? null;
}

function resultOf(ctx: Ctx, { pbxId }: Part, { outcomes, observation }: WriteReport): PartResult {
  const isApplied = outcomes.every(({ status }) => status === 'written' || status === 'unchanged');
  return {
    pbxId,
    state: isApplied ? 'applied' : 'failed',
    outcomes,
    result: resourceJson(observation),
    failure: null,
    finishedAt: timestamp(ctx),
  };
}

function stopped(ctx: Ctx, part: Part, failedOn: string): PartResult {
  return failed(ctx, part, `Not sent: the roll-out stopped after ${failedOn} failed.`);
}

function failed(ctx: Ctx, { pbxId }: Part, failure: string): PartResult {
  return { pbxId, state: 'failed', outcomes: null, result: null, failure, finishedAt: timestamp(ctx) };
}

async function finish(
  ctx: Ctx,
  request: ChangeRequest,
  content: SettingsContent,
  { closing, held }: { readonly closing: Closing; readonly held: string | null },
): Promise<void> {
  const results = (await findRequest(ctx.db, request.id))?.results ?? [];
  const renewal = movedOnly(request, content, results);
  if (renewal !== null) return renew(ctx, request, renewal, closing);
  const isApplied = results.every(({ state }) => state === 'applied');
  await ctx.db.transaction().execute(async (tx) => {
    if (!(await holdApplying(tx, request))) return;
    await keepBaseline(ctx, tx, request, content, results);
    await closing.end(ctx, tx, request, { isApplied, failure: failureOf(content, results, held) });
  });
}

/** A single PBX on which values moved and so nothing was sent: approval is asked for again. */
function movedOnly(
  request: ChangeRequest,
  content: SettingsContent,
  results: readonly PartResult[],
): Renewal | null {
  const [part, ...others] = content.parts;
  const outcomes = results[0]?.outcomes ?? [];
  const isUnsent = outcomes.every(({ status }) => ['moved', 'unsent', 'unchanged'].includes(status));
  if (part === undefined || others.length > 0 || !isUnsent) return null;
  const moved = outcomes.flatMap(({ key, status, before, after }) =>
    status === 'moved' && after !== undefined ? [{ pbxId: part.pbxId, key, before, after }] : [],
  );
  const items = part.items.map((item) => {
    const now = moved.find(({ key }) => key === item.key);
    return now === undefined ? item : { ...item, before: now.after };
  });
  return renewForMoved(request, content, [{ part: { ...part, items }, moved }]);
}

function failureOf(
  { parts }: SettingsContent,
  results: readonly PartResult[],
  held: string | null,
): string | null {
  if (held !== null && parts.length > 1) {
    const left = results.filter(({ state }) => state !== 'applied').length;
    const what = `${left} of ${parts.length} PBXs were not written`;
    return `${what}, because while this was applied ${held}. Ask again for them when that is over.`;
  }
  const failures = results.flatMap(({ failure }) => failure ?? []);
  return parts.length === 1 ? (failures[0] ?? null) : null;
}

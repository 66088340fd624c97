import pLimit from 'p-limit';
import { unfit } from '../baseline/fit.js';
import type { Desired } from '../baseline/rules.js';
import { desiredFor } from '../baseline/rules.js';
import { activeExceptions } from '../baseline/exception-store.js';
import { currentBaseline } from '../baseline/store.js';
import { type Ctx, type Pbx, timestamp } from '../ctx.js';
import { sentence, UserError, UserErrors } from '../errors.js';
import { type Observation, readingOf } from '../fleet/observation.js';
import { observe } from '../fleet/observe.js';
import type { Assignment } from '../settings/assignment.js';
import { getSetting } from '../settings/catalogue.js';
import { interlockFault } from '../settings/interlock.js';
import { checkValue, formatValue, isSameValue, unseenFault } from '../settings/kind.js';
import type { Hold, Item, LeftOut, Part } from './request.js';

const CONCURRENCY = 16;

/** The values somebody wants one PBX to have. */
export interface Wish {
  readonly pbx: Pbx;
  readonly assignments: readonly Assignment[];
  /** Whether these are values that the PBX had before. */
  readonly isReturn?: true;
}

/** What would be written where, and the baseline version it was judged against. */
export interface Plan {
  readonly parts: readonly Part[];
  readonly left: readonly LeftOut[];
  readonly baselineVersion: number;
}

/**
 * Reads every PBX and compares it with what is wanted. Of several PBXs one that cannot be read, or that a value does not
 * fit, is left out and named; of a single one this is an error. Throws `UserError` where nothing would change, where the
 * baseline holds a setting and `hold` does not say what becomes of it, or where it cannot hold what it is to hold.
 */
export async function makePlan(ctx: Ctx, wishes: readonly Wish[], hold: Hold): Promise<Plan> {
  for (const { assignments } of wishes) checkOnce(assignments);
  const { version, desiredOf } = await baselineNow(ctx);
  const limit = pLimit(CONCURRENCY);
  const isOnly = wishes.length === 1;
  const judged = await Promise.all(wishes.map((wish) => limit(() => judgeWish(ctx, wish, isOnly))));
  const parts = judged.flatMap((one) => ('items' in one ? [one] : []));
  const left = judged.flatMap((one) => ('items' in one ? [] : [one]));
  if (parts.length === 0) throw nothingToDo(wishes, left);
  if (hold.kind === 'baseline') await checkHoldable(ctx, parts, desiredOf);
  if (hold.kind === 'none') {
    together(
      parts.flatMap((part) =>
        part.items.map((item) => () => checkUngoverned(part, item, version, desiredOf(part.pbxId))),
      ),
    );
  }
  return { parts, left, baselineVersion: version };
}

/** The baseline in force, and what it holds each PBX to right now. */
export async function baselineNow(
  ctx: Pick<Ctx, 'db' | 'now' | 'pbxs'>,
): Promise<{ readonly version: number; readonly desiredOf: (pbxId: string) => readonly Desired[] }> {
  const baseline = await currentBaseline(ctx.db);
  const exceptions = await activeExceptions(ctx.db, timestamp(ctx));
  const desiredOf = (pbxId: string): readonly Desired[] => {
    const pbx = ctx.pbxs.find(({ id }) => id === pbxId);
    return pbx === undefined ? [] : desiredFor(baseline, exceptions, pbx, ctx.now());
  };
  return { version: baseline.version, desiredOf };
}

/** The rule that holds a setting at another value, without an exception: such a change would be undone at night. */
export function governing(
  item: Pick<Item, 'key' | 'value'>,
  desired: readonly Desired[],
): Desired | undefined {
  return desired.find(
    ({ rule, exception }) =>
      rule.key === item.key &&
      rule.mode !== 'report' &&
      exception === undefined &&
      !isSameValue(getSetting(item.key), rule.value, item.value),
  );
}

/** Observes the PBX of a wish for the settings it names. */
function observeWish(ctx: Ctx, { pbx, assignments }: Wish): Promise<Observation> {
  return observe(ctx, pbx, [...new Set(assignments.map(({ key }) => getSetting(key).resource))]);
}

async function judgeWish(ctx: Ctx, wish: Wish, isOnly: boolean): Promise<Part | LeftOut> {
  const { pbx, assignments } = wish;
  const observation = await observeWish(ctx, wish);
  try {
    const items = together(assignments.map((one) => () => itemOf(wish, observation, one))).flat();
    if (items.length > 0) return { pbxId: pbx.id, url: pbx.url, items };
    return { pbxId: pbx.id, kind: 'same', because: 'it is already so' };
  } catch (error) {
    if (isOnly || !(error instanceof UserError)) throw error;
    const kind = error.code === 'conflict' ? 'unreadable' : 'unfit';
    const first = error instanceof UserErrors ? (error.errors[0] ?? error) : error;
    return { pbxId: pbx.id, kind, because: first.message };
  }
}

function itemOf({ pbx, isReturn }: Wish, observation: Observation, assignment: Assignment): readonly Item[] {
  const setting = getSetting(assignment.key);
  const reading = readingOf(observation, setting.key);
  if (reading.status === 'not-applicable') {
    throw new UserError('invalid', sentence(`${setting.label}: ${reading.because}`), { field: setting.key });
  }
  if (reading.status === 'unknown') {
    throw new UserError(
      'conflict',
      sentence(`${setting.label} could not be read from ${pbx.name}: ${reading.because}`),
      { field: setting.key, mend: 'Nothing was asked for. Try again when the PBX answers.' },
    );
  }
  const value = checkValue(setting, assignment.value, observation.version);
  if (isSameValue(setting, reading.value, value)) return [];
  const unseen = isReturn === true ? null : unseenFault(setting, value);
  if (unseen !== null) throw unseen;
  const lockOut = interlockFault(setting, value, observation.properties[setting.resource] ?? {});
  if (lockOut !== null) throw new UserError('invalid', lockOut, { field: setting.key });
  return [{ key: setting.key, before: reading.value, value }];
}

/** Every PBX that was asked about has the wanted values already. */
export class AlreadySo extends UserError {}

function nothingToDo(wishes: readonly Wish[], left: readonly LeftOut[]): UserError {
  const [first] = wishes;
  const field = first?.assignments[0]?.key;
  const detail = field === undefined ? {} : { field };
  if (first !== undefined && wishes.length === 1) {
    return new AlreadySo('conflict', `${first.pbx.name} is already so: nothing would change.`, detail);
  }
  const trouble = left.find(({ kind }) => kind !== 'same');
  const because =
    trouble === undefined ? 'all of them are already so' : `${trouble.pbxId}: ${trouble.because}`;
  const Kind = trouble === undefined ? AlreadySo : UserError;
  return new Kind(
    'conflict',
    sentence(`Nothing would change on any of ${wishes.length} PBXs: ${because}`),
    detail,
  );
}

function checkOnce(assignments: readonly Assignment[]): void {
  const keys = assignments.map(({ key }) => key);
  const twice = keys.find((key, index) => keys.indexOf(key) < index);
  if (twice === undefined) return;
  throw new UserError('invalid', `${getSetting(twice).label} is given two values.`, { field: twice });
}

function checkUngoverned(part: Part, item: Item, version: number, desired: readonly Desired[]): void {
  const governs = governing(item, desired);
  if (governs === undefined) return;
  const setting = getSetting(item.key);
  throw new UserError(
    'conflict',
    `${setting.label}: baseline v${version} holds it at ${formatValue(setting, governs.rule.value)} on ${part.pbxId}.`,
    {
      field: setting.key,
      mend: 'Choose: make it the new baseline, or make an exception until a date (--baseline, or --until 2026-12-31).',
    },
  );
}

/** What one PBX takes today may be too long for a newer 3CX, and would be corrected in vain there. */
async function checkHoldable(
  ctx: Ctx,
  parts: readonly Part[],
  desiredOf: (pbxId: string) => readonly Desired[],
): Promise<void> {
  const rules = parts.flatMap(({ pbxId, items }) =>
    items.map(({ key, value }) => {
      const held = desiredOf(pbxId).find(({ rule }) => rule.key === key)?.rule;
      return { key, value, mode: held?.mode ?? ('enforce' as const), target: pbxId };
    }),
  );
  const faults = await unfit(ctx, rules);
  const [first, ...rest] = [...new Map(faults.map((fault) => [fault.message, fault])).values()].map(
    ({ message, field, mend = '' }) =>
      new UserError('invalid', `The baseline cannot hold it. ${message}`, {
        ...(field === undefined ? {} : { field }),
        mend: `${mend} Or change it without making it the baseline.`.trim(),
      }),
  );
  if (first !== undefined) throw rest.length === 0 ? first : new UserErrors([first, ...rest]);
}

/** Runs all checks and throws what they all found wrong at once. */
function together<T>(checks: readonly (() => T)[]): readonly T[] {
  const results: T[] = [];
  const errors: UserError[] = [];
  for (const check of checks) {
    try {
      results.push(check());
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      errors.push(error);
    }
  }
  const [first, ...rest] = errors;
  if (first === undefined) return results;
  throw rest.length === 0 ? first : new UserErrors([first, ...rest]);
}

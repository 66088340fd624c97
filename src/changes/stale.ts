import { newContradictions } from '../baseline/contradictions.js';
import { changeOf, diffRules } from '../baseline/diff.js';
import { type Baseline, desiredFor, emptyBaseline, type Rule } from '../baseline/rules.js';
import { activeExceptions } from '../baseline/exception-store.js';
import { currentBaseline, findBaseline } from '../baseline/store.js';
import { type Ctx, timestamp } from '../ctx.js';
import { covers } from '../fleet/covers.js';
import type { Observation } from '../fleet/observation.js';
import { readingOf } from '../fleet/observation.js';
import { getSetting } from '../settings/catalogue.js';
import { formatValue, isSameValue } from '../settings/kind.js';
import { timeWords } from '../settings/time-words.js';
import type { Renewal } from './ask-again.js';
import { baselineContent, rulesAfter } from './impact.js';
import { baselineNow, governing } from './plan.js';
import type { BaselineContent, ChangeRequest, Item, Moved, Part, SettingsContent } from './request.js';

/**
 * Whether the baseline version a request builds on was superseded in a way that matters to it, and what to ask for
 * instead. A newer version that holds the request's settings to the same as before voids nothing.
 */
export async function renewForBaseline(ctx: Ctx, request: ChangeRequest): Promise<Renewal | null> {
  const { content } = request;
  if (content.kind === 'exception' || content.kind === 'pause') return null;
  const { version, desiredOf } = await baselineNow(ctx);
  if (content.kind === 'baseline') {
    return version === request.baselineVersion ? null : renewRules(ctx, request, content);
  }
  if (content.hold.kind !== 'none') return renewForRules(ctx, request, content, version);
  const held = content.parts.flatMap((part) =>
    part.items.flatMap((item) => governing(item, desiredOf(part.pbxId)) ?? []),
  );
  const [first] = held;
  if (first === undefined) return renewForException(ctx, request, content);
  if (request.blocked !== null) return null;
  const { key, value } = first.rule;
  const setting = getSetting(key);
  const because = `Meanwhile baseline v${version} holds ${setting.label} at ${formatValue(setting, value)}.`;
  const blocked = `${because} Somebody must edit this request and choose what becomes of the baseline.`;
  return { because, moved: [], content, baselineVersion: version, blocked };
}

/**
 * Rules that were made against an older version. Those that are all of a version still are: what the newer one added goes.
 * What would contradict the newer one is said at once, since it could not come into force.
 */
async function renewRules(ctx: Ctx, request: ChangeRequest, content: BaselineContent): Promise<Renewal> {
  const { baselineVersion: from } = request;
  const current = await currentBaseline(ctx.db);
  const then = (await findBaseline(ctx.db, from)) ?? emptyBaseline;
  const change =
    content.isWhole === true
      ? changeOf(diffRules(current.rules, rulesAfter(then.rules, content)))
      : { rules: content.rules, removed: content.removed ?? [] };
  const next = { version: current.version + 1, rules: rulesAfter(current.rules, change) };
  const faults = newContradictions(current, next, ctx.pbxs, ctx.now());
  const because = [
    `The baseline was v${from} when this was asked for, and is v${current.version} now.`,
    ...(faults.length === 0 ? [] : ['As it is, it cannot come into force.']),
    ...faults.map(({ message }) => message),
  ].join(' ');
  const { removed: _, ...kept } = content;
  const renewed = { ...kept, ...(await baselineContent(ctx, change)) };
  return { because, moved: [], content: renewed, baselineVersion: current.version, blocked: null };
}

/** Restoring what a rule says is asked for again where somebody was granted an exception from the rule meanwhile. */
async function renewForException(
  ctx: Ctx,
  request: ChangeRequest,
  content: SettingsContent,
): Promise<Renewal | null> {
  const { desiredOf } = await baselineNow(ctx);
  const later = (await activeExceptions(ctx.db, timestamp(ctx))).filter(
    ({ createdAt }) => createdAt > request.askedAt,
  );
  const waived = content.parts.flatMap(({ pbxId, items }) =>
    items.flatMap(({ key, value }) => {
      const rule = desiredOf(pbxId).find((desired) => desired.rule.key === key)?.rule;
      const isRestored = rule !== undefined && isSameValue(getSetting(key), rule.value, value);
      const pbx = ctx.pbxs.find(({ id }) => id === pbxId);
      const exception = later.find((one) => one.key === key && pbx !== undefined && covers(one.target, pbx));
      return isRestored && exception !== undefined ? [{ pbxId, key, exception }] : [];
    }),
  );
  const [first] = waived;
  if (first === undefined) return null;
  const { pbxId, key, exception } = first;
  const because = `Meanwhile an exception for ${getSetting(key).label} on ${pbxId} began, until ${timeWords(exception.untilAt)}.`;
  return { because, moved: [], content, baselineVersion: request.baselineVersion, blocked: null };
}

/** A change that is to be held, or excepted, builds on what the baseline said of its settings. */
async function renewForRules(
  ctx: Ctx,
  request: ChangeRequest,
  content: SettingsContent,
  version: number,
): Promise<Renewal | null> {
  if (version === request.baselineVersion) return null;
  const [then, now] = [
    await findBaseline(ctx.db, request.baselineVersion),
    await findBaseline(ctx.db, version),
  ];
  const ruleOn = (baseline: Baseline | undefined, pbxId: string, key: string): Rule | undefined => {
    const pbx = ctx.pbxs.find(({ id }) => id === pbxId);
    const desired = pbx === undefined ? [] : desiredFor(baseline ?? emptyBaseline, [], pbx, ctx.now());
    return desired.find(({ rule }) => rule.key === key)?.rule;
  };
  const changed = content.parts.flatMap(({ pbxId, items }) =>
    items.filter(({ key }) => !isSameRule(ruleOn(then, pbxId, key), ruleOn(now, pbxId, key))),
  );
  const [first] = changed;
  if (first === undefined) return null;
  const because = `The baseline was v${request.baselineVersion} when this was asked for, and v${version} says something else about ${getSetting(first.key).label}.`;
  return { because, moved: [], content, baselineVersion: version, blocked: null };
}

function isSameRule(one: Rule | undefined, other: Rule | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return one.mode === other.mode && isSameValue(getSetting(one.key), one.value, other.value);
}

/** What of a part is no longer as the request says, or null where nothing was read that differs. */
export interface Shift {
  readonly part: Part;
  readonly moved: readonly Moved[];
}

/** Compares a part with what its PBX has now. A value that could not be read has not moved. */
export function shiftOf(part: Part, observation: Observation): Shift {
  const moved: Moved[] = [];
  const items = part.items.flatMap((item): readonly Item[] => {
    const reading = readingOf(observation, item.key);
    if (reading.status !== 'read') return [item];
    const setting = getSetting(item.key);
    const { pbxId } = part;
    const { key, before, value } = item;
    const isMoved =
      !isSameValue(setting, reading.value, before) && !isSameValue(setting, reading.value, value);
    if (isMoved) moved.push({ pbxId, key, before, after: reading.value });
    return isMoved ? [{ ...item, before: reading.value }] : [item];
  });
  return { part: { ...part, items }, moved };
}

/** What to ask for where values moved. */
export function renewForMoved(
  request: ChangeRequest,
  content: SettingsContent,
  shifts: readonly Shift[],
): Renewal | null {
  const moved = shifts.flatMap((shift) => shift.moved);
  if (moved.length === 0) return null;
  const parts = content.parts.map(
    (part) => shifts.find((shift) => shift.part.pbxId === part.pbxId)?.part ?? part,
  );
  const values = moved.length === 1 ? 'A value was' : `${moved.length} values were`;
  return {
    because: `${values} changed on the PBX since this was asked for.`,
    moved,
    content: { ...content, parts },
    baselineVersion: request.baselineVersion,
    blocked: null,
  };
}

/** What to ask for where a PBX of the fleet has another address than when approval was asked for. */
export function renewForAddress(
  ctx: Pick<Ctx, 'pbxs'>,
  request: ChangeRequest,
  content: SettingsContent,
): Renewal | null {
  const urlOf = ({ pbxId, url }: Part): string => ctx.pbxs.find(({ id }) => id === pbxId)?.url ?? url;
  const other = content.parts.filter((part) => part.url !== '' && urlOf(part) !== part.url);
  const [first] = other;
  if (first === undefined) return null;
  return {
    because: `${first.pbxId} was at ${first.url} when this was asked for, and is at ${urlOf(first)} now.`,
    moved: [],
    content: { ...content, parts: content.parts.map((part) => ({ ...part, url: urlOf(part) })) },
    baselineVersion: request.baselineVersion,
    blocked: null,
  };
}

import { never } from '../errors.js';
import { getSetting, settings } from '../settings/catalogue.js';
import { interlockFault } from '../settings/interlock.js';
import { formatValue, isSameValue, jsonValue } from '../settings/kind.js';
import type { ResourceName, Setting, Value } from '../settings/setting.js';
import { type Observation, type Properties, readingOf } from './observation.js';

/** A value to write, and the value the PBX must still have for the write to be right. */
export interface WantedChange {
  readonly key: string;
  readonly expected: Value;
  readonly value: Value;
}

/**
 * How the write of one setting ended: `written` is proven by reading back, `unchanged` was already so, `moved` means that
 * somebody changed it meanwhile, `ignored` that the PBX accepted but did not store it, `refused` that the PBX said no
 * or that an interlock kept it from being asked, `unsent` that it was not asked, `unknown` that nobody can tell.
 */
export type OutcomeStatus = 'written' | 'unchanged' | 'moved' | 'ignored' | 'refused' | 'unsent' | 'unknown';

export interface Outcome {
  readonly key: string;
  readonly status: OutcomeStatus;
  readonly before: Value;
  readonly value: Value;
  /** What the PBX had last, where it could be read. */
  readonly after?: Value;
  readonly because?: string;
  /** Of `refused` and `unknown`: whether the PBX was asked to store it, and not kept back before. */
  readonly isSent?: true;
}

/** Whether one setting may be written where another one of the same order cannot be. */
export type Unit = 'all' | 'each';

/** What keeps back the other settings of a request. */
const OBSTACLES: readonly OutcomeStatus[] = ['moved', 'refused', 'unknown'];

export interface Preparation {
  readonly toWrite: readonly WantedChange[];
  readonly outcomes: readonly Outcome[];
}

/**
 * Compares what was wanted with what the PBX has now. Only a value that was read, still is the expected one and shuts
 * nobody out is written. After a restart (`isResumed`) a value that is already there is the earlier attempt's work.
 */
export function prepare(
  changes: readonly WantedChange[],
  observation: Observation,
  unit: Unit,
  isResumed: boolean,
): Preparation {
  const judged = changes.map((change) => ({ change, outcome: judge(change, observation, isResumed) }));
  const settled = judged.flatMap(({ outcome }) => (outcome === null ? [] : [outcome]));
  const toWrite = judged.flatMap(({ change, outcome }) => (outcome === null ? [change] : []));
  const obstacle = settled.find(({ status }) => OBSTACLES.includes(status));
  if (unit === 'each' || obstacle === undefined) return { toWrite, outcomes: settled };
  const because = `nothing was sent, because of ${getSetting(obstacle.key).label}`;
  return {
    toWrite: [],
    outcomes: [...settled, ...toWrite.map((change) => outcomeOf(change, 'unsent', { because }))],
  };
}

function judge(change: WantedChange, observation: Observation, isResumed: boolean): Outcome | null {
  const setting = getSetting(change.key);
  const reading = readingOf(observation, change.key);
  if (reading.status !== 'read') return unknownOutcome(change, reading.because);
  const after = reading.value;
  if (isSameValue(setting, after, change.value))
    return outcomeOf(change, isResumed ? 'written' : 'unchanged', { after });
  if (!isSameValue(setting, after, change.expected)) {
    const because = `it is ${formatValue(setting, after)} now, not ${formatValue(setting, change.expected)}`;
    return outcomeOf(change, 'moved', { after, because });
  }
  const fault = interlockFault(setting, change.value, observation.properties[setting.resource] ?? {});
  if (fault !== null) return outcomeOf(change, 'refused', { after, because: fault });
  return judgeObject(change, setting, observation);
}

/** 3CX takes a nested object only whole, so a part of it that could not be read keeps back all others. */
function judgeObject(change: WantedChange, setting: Setting, observation: Observation): Outcome | null {
  const [property] = setting.path;
  const unread = settings.find(
    ({ key, resource, path }) =>
      resource === setting.resource &&
      path[0] === property &&
      readingOf(observation, key).status === 'unknown',
  );
  if (unread === undefined) return null;
  return unknownOutcome(change, `${unread.label} could not be read, and ${property} is only written whole`);
}

/** Takes out of a preparation what is no longer wanted, for instance because an exception began meanwhile. */
export function dropUnwanted(preparation: Preparation, unwanted: ReadonlyMap<string, string>): Preparation {
  const dropped = preparation.toWrite.flatMap((change) => {
    const because = unwanted.get(change.key);
    return because === undefined ? [] : [outcomeOf(change, 'unsent', { because })];
  });
  return {
    toWrite: preparation.toWrite.filter(({ key }) => !unwanted.has(key)),
    outcomes: [...preparation.outcomes, ...dropped],
  };
}

/** Whether the PBX was asked to store a setting and, as far as can be told, did not keep it. */
export function hasFailed({ status, isSent }: Pick<Outcome, 'status' | 'isSent'>): boolean {
  return status === 'ignored' || isSent === true;
}

/** The outcome of a setting of which nobody can tell what became. */
export function unknownOutcome(change: WantedChange, because: string): Outcome {
  return outcomeOf(change, 'unknown', { because });
}

/** What became of a PATCH, before reading back. */
export type Sent =
  | { readonly status: 'accepted' }
  | { readonly status: 'ambiguous'; readonly because: string }
  | { readonly status: 'refused'; readonly because: string }
  | { readonly status: 'unsent'; readonly because: string };

/** The outcome of a setting that was sent, by what the PBX has now (null: it could not be read back). */
export function settle(change: WantedChange, sent: Sent, readBack: Observation | null): Outcome {
  if (sent.status === 'unsent') return outcomeOf(change, 'unsent', { because: sent.because });
  if (sent.status === 'refused') {
    return outcomeOf(change, 'refused', { because: sent.because, isSent: true });
  }
  const setting = getSetting(change.key);
  const reading = readBack === null ? undefined : readingOf(readBack, change.key);
  if (reading === undefined || reading.status !== 'read') {
    const because = `it was sent, but could not be read back: ${reading?.because ?? 'no answer'}`;
    return outcomeOf(change, 'unknown', { because, isSent: true });
  }
  const after = reading.value;
  if (isSameValue(setting, after, change.value)) return outcomeOf(change, 'written', { after });
  if (sent.status === 'ambiguous') {
    return outcomeOf(change, 'unknown', { after, because: sent.because, isSent: true });
  }
  const because = `the PBX accepted it, but has ${formatValue(setting, after)}`;
  return outcomeOf(change, 'ignored', { after, because });
}

/** The body of a PATCH: only what changes, nested objects whole, from what was just read. */
export function patchBody(changes: readonly WantedChange[], live: Properties): Properties {
  const body: Record<string, unknown> = {};
  for (const change of changes) {
    const [property, ...rest] = getSetting(change.key).path;
    body[property] =
      rest.length === 0 ? change.value : withLeaf(body[property] ?? live[property], rest, change.value);
  }
  return body;
}

function withLeaf(object: unknown, path: readonly string[], value: Value): unknown {
  const [name, ...rest] = path;
  if (name === undefined) return value;
  const known = typeof object === 'object' && object !== null ? (object as Properties) : {};
  const plain = Object.fromEntries(Object.entries(known).filter(([key]) => !key.startsWith('@odata')));
  return { ...plain, [name]: withLeaf(plain[name], rest, value) };
}

/** Groups changes by the resource they belong to. */
export function byResource(
  changes: readonly WantedChange[],
): ReadonlyMap<ResourceName, readonly WantedChange[]> {
  const groups = new Map<ResourceName, WantedChange[]>();
  for (const change of changes) {
    const { resource } = getSetting(change.key);
    groups.set(resource, [...(groups.get(resource) ?? []), change]);
  }
  return groups;
}

/** An outcome for the audit log and JSON output, images as type, size and hash. */
export function jsonOutcome(outcome: Outcome): Readonly<Record<string, unknown>> {
  const setting: Setting = getSetting(outcome.key);
  const show = (value: Value): unknown => jsonValue(setting, value);
  const { key, status, before, value, after, because } = outcome;
  return {
    key,
    status,
    before: show(before),
    value: show(value),
    ...(after === undefined ? {} : { after: show(after) }),
    ...(because === undefined ? {} : { because }),
  };
}

/** A wanted change for the audit log, images as type, size and hash. */
export function jsonChange({ key, expected, value }: WantedChange): Readonly<Record<string, unknown>> {
  const setting = getSetting(key);
  return { key, before: jsonValue(setting, expected), value: jsonValue(setting, value) };
}

/** What an outcome means, in words. */
export function outcomeWords(status: OutcomeStatus): string {
  switch (status) {
    case 'written':
      return 'written and read back';
    case 'unchanged':
      return 'was already so';
    case 'moved':
      return 'not written: it was changed meanwhile';
    case 'ignored':
      return 'accepted, but not stored by the PBX';
    case 'refused':
      return 'refused';
    case 'unsent':
      return 'not sent';
    case 'unknown':
      return 'not known';
    default:
      return never(status);
  }
}

function outcomeOf(
  change: WantedChange,
  status: OutcomeStatus,
  rest: Pick<Outcome, 'after' | 'because' | 'isSent'>,
): Outcome {
  return { key: change.key, status, before: change.expected, value: change.value, ...rest };
}

import { type Desired, desiredFor, type Exception, type Rule } from '../baseline/rules.js';
import { defaultSweepConfig } from '../config-sweep.js';
import type { Guards, Period } from '../ctx.js';
import { type Canary, createCanary } from '../drift/canary.js';
import { type Finding, findingsOf, planOf, skippedFindings } from '../drift/finding.js';
import { judgePlans, newTo } from '../drift/guard.js';
import { type Judged, judgePbx, type Looked, pbxPlanOf, withVerdict } from '../drift/judgement.js';
import { type Inspected, lineStatuses, reportOf } from '../drift/report.js';
import { freshMemory, type Memory } from '../drift/restraint.js';
import { isReleasable, type Withheld } from '../drift/withheld.js';
import {
  type Description,
  type Observation,
  observationOf,
  type Properties,
  type ResourceRead,
} from '../fleet/observation.js';
import {
  byResource,
  type Outcome,
  patchBody,
  prepare,
  type Sent,
  settle,
  type WantedChange,
} from '../fleet/outcome.js';
import { getSetting } from '../settings/catalogue.js';
import type { ResourceName } from '../settings/setting.js';
import { reportLines } from './report.js';

type ByResource<T> = Readonly<Record<ResourceName, T>>;
type ByKey<T> = Readonly<Record<string, T>>;

/** How a PBX takes what it is sent; `lost` means that its answer did not arrive. */
export type Reaction = 'keeps' | 'ignores' | 'refuses' | 'lost' | 'unreadable';

/** One PBX of a case. */
export interface CasePbx {
  readonly id: string;
  readonly tags?: readonly string[];
  readonly version?: string;
  /** What it sends, by resource. */
  readonly live?: ByResource<Properties>;
  /** Why a resource could not be read. */
  readonly unreadable?: ByResource<string>;
  /** What it says where it has no such resource. */
  readonly missing?: ByResource<string>;
  /** What it says of itself, where that is known. */
  readonly description?: Description;
  /** Properties that somebody changes between the look and the write. */
  readonly meanwhile?: ByResource<Properties>;
  readonly reaction?: Reaction;
  /** Why it is not looked at. */
  readonly paused?: string;
  readonly memory?: ByKey<Partial<Memory>>;
  /** When settings were corrected of late, in ISO 8601. */
  readonly corrected?: ByKey<readonly string[]>;
}

/** Everything that one sweep depends on, as a value. */
export interface CaseInputs {
  readonly now: string;
  readonly rules: readonly Rule[];
  /** The rules of the last released version; where missing they are those in force. */
  readonly released?: readonly Rule[];
  readonly exceptions?: readonly Exception[];
  /** What differs from the default guards. */
  readonly guards?: Partial<Guards>;
  readonly windows?: readonly Period[];
  readonly freezes?: readonly Period[];
  /** Why everything is stopped. */
  readonly stop?: string;
  /** Whether a person released what the sweep showed. */
  readonly isReleased?: true;
  readonly pbxs: readonly CasePbx[];
}

/** What a sweep makes of it. What there is none of is left out. */
export interface CaseResult {
  readonly hold?: readonly string[];
  readonly counts: ByKey<number>;
  readonly pbxs: ByKey<{
    readonly findings: ByKey<readonly string[]>;
    readonly plan?: readonly WantedChange[];
    readonly withheld?: ByKey<string>;
    readonly writes?: ByResource<Properties>;
  }>;
  readonly report: readonly string[];
}

interface Seen {
  readonly pbx: CasePbx & { readonly tags: readonly string[] };
  readonly desired: readonly Desired[];
  readonly findings: readonly Finding[];
  readonly looked: Looked;
  readonly judged: Judged;
}

/** Plays one sweep with the functions that decide it, and nothing else: no clock, no network, no database. */
export function playCase(inputs: CaseInputs): CaseResult {
  const guards = { ...defaultSweepConfig.guards, ...inputs.guards };
  const seen = inputs.pbxs.map((pbx) => see(inputs, guards, { ...pbx, tags: pbx.tags ?? [] }));
  const plans = seen.map((one) => pbxPlanOf(one.looked, one.judged, demandsOn(inputs, one)));
  const verdict = judgePlans(plans, seen.length, guards);
  const orders = seen.map((one) =>
    orderOf(one, withVerdict(one.judged, verdict), inputs.isReleased === true),
  );
  const canary = createCanary(orders.filter(({ open }) => open.length > 0).length, guards);
  const ended = orders.map((order) => carryOut(order, canary, inputs.now));
  const report = reportOf(ended.map(({ inspected }) => inspected));
  const isHeld = inputs.isReleased !== true && verdict.reasons.length > 0;
  const counts = lineStatuses.flatMap((status) =>
    report.counts[status] === 0 ? [] : [[status, report.counts[status]] as const],
  );
  return {
    ...(isHeld ? { hold: verdict.reasons.map(({ because }) => because) } : {}),
    counts: Object.fromEntries(counts),
    pbxs: Object.fromEntries(ended.map(({ seen: { pbx }, result }) => [pbx.id, result])),
    report: reportLines(report),
  };
}

function see(inputs: CaseInputs, guards: Guards, pbx: Seen['pbx']): Seen {
  const now = new Date(inputs.now);
  const { rules, exceptions = [], windows = [], freezes = [], stop = null } = inputs;
  const desired = desiredFor({ version: 1, rules }, exceptions, pbx, now);
  const findings =
    pbx.paused === undefined
      ? findingsOf(desired, observationAt(pbx, resourcesOf(desired), inputs.now, pbx.live))
      : skippedFindings(desired, pbx.paused);
  const looked = {
    inSync: findings.flatMap(({ status, rule }) => (status === 'in-sync' ? [rule.key] : [])),
    findings: findings.filter(({ status }) => status !== 'in-sync'),
    plan: planOf(findings),
  };
  const memories = Object.entries(pbx.memory ?? {}).map(
    ([key, memory]) => [key, { ...freshMemory, ...memory }] as const,
  );
  const history = { memories: new Map(memories), corrected: new Map(Object.entries(pbx.corrected ?? {})) };
  const judged = judgePbx(pbx, looked, history, { guards, windows, freezes, stop }, now);
  return { pbx, desired, findings, looked, judged };
}

function demandsOn({ now, rules, released = rules }: CaseInputs, { pbx, desired }: Seen) {
  const heldTo = (some: readonly Rule[]): readonly Desired[] =>
    desiredFor({ version: 1, rules: some }, [], pbx, new Date(now));
  return { desired, news: newTo(heldTo(released), heldTo(rules)) };
}

interface Order {
  readonly seen: Seen;
  readonly withheld: readonly Withheld[];
  readonly open: readonly WantedChange[];
}

function orderOf(seen: Seen, all: readonly Withheld[], isReleased: boolean): Order {
  const withheld = isReleased ? all.filter((one) => !isReleasable(one)) : all;
  const open = seen.looked.plan.filter(({ key }) => !withheld.some((one) => one.key === key));
  return { seen, withheld, open };
}

/** One PBX after the other, as where the first one is the canary. */
function carryOut({ seen, withheld: own, open }: Order, canary: Canary, at: string) {
  const stop = canary.stopBecause();
  const left = stop === null ? [] : open.map(({ key }) => ({ key, why: 'canary', because: stop }) as const);
  const withheld: readonly Withheld[] = [...own, ...left];
  const { outcomes, writes } = write(seen.pbx, stop === null ? open : [], at);
  canary.note(seen.pbx.id, outcomes);
  const { pbx, findings, looked } = seen;
  const inspected: Inspected = {
    pbxId: pbx.id,
    inSync: [],
    findings,
    outcomes,
    withheld,
    failure: null,
    skipped: pbx.paused ?? null,
  };
  const result = {
    findings: byStatus(findings),
    ...(looked.plan.length === 0 ? {} : { plan: looked.plan }),
    ...(withheld.length === 0 ? {} : { withheld: wordsOf(withheld) }),
    ...(Object.keys(writes).length === 0 ? {} : { writes }),
  };
  return { seen, inspected, result };
}

/** Reads again, compares, sends what is right to be sent, and reads back, as the one door for writes does. */
function write(
  pbx: CasePbx,
  open: readonly WantedChange[],
  at: string,
): { readonly outcomes: readonly Outcome[]; readonly writes: ByResource<Properties> } {
  const names = [...byResource(open).keys()];
  const live = merged(pbx.live ?? {}, pbx.meanwhile ?? {});
  const before = observationAt(pbx, names, at, live);
  const { toWrite, outcomes } = prepare(open, before, 'each', false);
  const bodies = [...byResource(toWrite)].map(
    ([name, group]) => [name, patchBody(group, before.properties[name] ?? {})] as const,
  );
  const writes = Object.fromEntries(bodies);
  const isKept = (pbx.reaction ?? 'keeps') === 'keeps';
  const after = observationAt(pbx, names, at, isKept ? merged(live, writes) : live);
  const settled = toWrite.map((change) =>
    settle(change, sentTo(pbx), pbx.reaction === 'unreadable' ? null : after),
  );
  return { outcomes: [...outcomes, ...settled], writes };
}

function sentTo({ reaction }: CasePbx): Sent {
  if (reaction === 'refuses') return { status: 'refused', because: 'the PBX refuses it' };
  return reaction === 'lost'
    ? { status: 'ambiguous', because: 'the answer was lost' }
    : { status: 'accepted' };
}

function observationAt(
  pbx: CasePbx,
  names: readonly ResourceName[],
  at: string,
  live: ByResource<Properties> = {},
): Observation {
  const reads = names.map((name) => [name, readOf(pbx, name, live[name])] as const);
  const { id, version = null, description = null } = pbx;
  return observationOf(id, at, { version, reads: Object.fromEntries(reads) }, description);
}

function readOf(pbx: CasePbx, name: ResourceName, properties: Properties | undefined): ResourceRead {
  const { id, unreadable = {}, missing = {} } = pbx;
  const version = pbx.version ?? null;
  const because = unreadable[name];
  if (because !== undefined) return { status: 'failed', because, isOfAll: false };
  const absence = missing[name];
  if (absence !== undefined) return { status: 'missing', because: absence, version };
  if (properties === undefined) throw new Error(`the case does not say what ${id} has in ${name}`);
  return { status: 'read', properties, version };
}

function resourcesOf(desired: readonly Desired[]): readonly ResourceName[] {
  const judged = desired.filter(
    ({ exception, conflict }) => exception === undefined && conflict === undefined,
  );
  return [...new Set(judged.map(({ rule }) => getSetting(rule.key).resource))];
}

function merged(live: ByResource<Properties>, changes: ByResource<Properties>): ByResource<Properties> {
  const names = [...new Set([...Object.keys(live), ...Object.keys(changes)])];
  return Object.fromEntries(names.map((name) => [name, { ...live[name], ...changes[name] }]));
}

function byStatus(findings: readonly Finding[]): ByKey<readonly string[]> {
  const groups: Record<string, string[]> = {};
  for (const { status, rule } of findings) (groups[status] ??= []).push(rule.key);
  return groups;
}

function wordsOf(withheld: readonly Withheld[]): ByKey<string> {
  return Object.fromEntries(withheld.map(({ key, why, because }) => [key, `${why}: ${because}`]));
}

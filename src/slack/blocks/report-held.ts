import type { PbxReport } from '../../drift/report.js';
import type { Hold, Sweep } from '../../drift/store.js';
import { isReleasable } from '../../drift/withheld.js';
import { findSetting } from '../../settings/catalogue.js';
import type { Value } from '../../settings/setting.js';
import { confirmationInput } from './confirm-form.js';
import { actions, type Block, button, context, listed, modal, section, sections, type View } from './kit.js';
import { time, who } from './people.js';
import { fewNames, pbxCount, reason, settingsOn } from './report-words.js';
import { labelOf, valueOf, warningsOf } from './setting-words.js';
import { code, counted, spoken } from './text.js';

const PLAN_TEXT = 2200;
const FORM_PLAN_TEXT = 20_000;
const MOST_REASONS = 5;
/** From more PBXs than this on, their number must be typed. */
const EASY_PBXS = 10;

/** The callback id of the window in which a held sweep is released. */
export const RELEASE_FORM = 'sweep.release.form';

/** What would be written by one rule of a held sweep. */
export interface PlannedRule {
  readonly key: string;
  readonly target: string;
  readonly value: Value;
  readonly pbxIds: readonly string[];
}

/** What waits for a person's release, by rule, the rule for the most PBXs first. */
export function heldPlan(entries: readonly PbxReport[]): readonly PlannedRule[] {
  const plan = new Map<string, { rule: Omit<PlannedRule, 'pbxIds'>; pbxIds: string[] }>();
  for (const { pbxId, lines } of entries) {
    for (const { key, target, desired: value, withheld } of lines) {
      if (withheld === undefined || !isReleasable({ why: withheld })) continue;
      const id = JSON.stringify([key, target, value]);
      const known = plan.get(id) ?? { rule: { key, target, value }, pbxIds: [] };
      known.pbxIds.push(pbxId);
      plan.set(id, known);
    }
  }
  return [...plan.values()]
    .map(({ rule, pbxIds }) => ({ ...rule, pbxIds }))
    .toSorted((one, other) => other.pbxIds.length - one.pbxIds.length);
}

type Held = Pick<Sweep, 'id' | 'number' | 'state'> & { readonly hold: Hold };

/** How a held sweep stands: why it waits, what it would write and its buttons, or how the waiting ended. */
export function holdBlocks(
  sweep: Held,
  plan: readonly PlannedRule[],
  nameOf: (pbxId: string) => string,
): Block[] {
  const lines = holdLines(sweep);
  if (sweep.state !== 'held') return sections(lines);
  const more = (left: number): string => `${counted(left, 'more rule')}: see the thread.`;
  return [
    ...sections(lines),
    ...(plan.length === 0 ? [] : [section('*What would be written*')]),
    ...listed(planLines(plan, nameOf), PLAN_TEXT, more),
    actions(
      button('sweep.release', 'Release…', sweep.id, {
        style: 'primary',
        label: `Release sweep ${sweep.number} after one more look`,
      }),
      button('sweep.dismiss', 'Dismiss', sweep.id, {
        label: `Dismiss sweep ${sweep.number}, write nothing`,
      }),
    ),
  ];
}

/** The same in words, marked up. */
export function holdLines({ state, hold }: Held): readonly string[] {
  const what = settingsOn(hold.writes, hold.pbxs);
  const were = hold.writes === 1 ? 'was' : 'were';
  const { ended } = hold;
  const why = hold.reasons.slice(0, MOST_REASONS).map(({ because }) => `• ${reason(because)}`);
  const left = hold.reasons.length - why.length;
  const reasons = left === 0 ? why : [...why, `• and ${counted(left, 'more reason')}`];
  if (ended === undefined) {
    if (hold.writes === 0) return [];
    const pending = state === 'held' ? 'waits for a person' : 'will wait for a person';
    return [
      `:raised_hand: *This sweep ${pending}*: ${what} would be corrected. Nothing of it is written.`,
      ...reasons,
    ];
  }
  const by = `${who(ended.by)} ${time(ended.at)}`;
  switch (ended.how) {
    case 'released':
      return [`*Released* by ${by}: ${what}${state === 'releasing' ? ', being written now' : ''}.`];
    case 'dismissed':
      return [`*Dismissed* by ${by}: ${what} ${were} not written. The next sweep looks afresh.`];
    case 'superseded':
      return [
        `*Superseded*: a newer sweep took its place ${time(ended.at)}, and ${what} ${were} not written.`,
      ];
  }
}

/** Told in the thread, because a message that is changed rings nobody. */
export function heldNote(sweep: Held, people: string): { readonly text: string; readonly blocks: Block[] } {
  const asked = people === '' ? 'An approver' : people;
  const line = `${asked}: sweep #${sweep.number} waits. Look at what it would write above, then release or dismiss it.`;
  return { text: spoken([line]), blocks: [section(line)] };
}

/** What somebody reads, and for much or risky things types, before a held sweep writes. */
export function releaseForm(
  sweep: Held,
  plan: readonly PlannedRule[],
  { nameOf, metadata }: { readonly nameOf: (pbxId: string) => string; readonly metadata: string },
): View {
  const keys = [...new Set(plan.map(({ key }) => key))];
  const warnings = warningsOf(keys).map((warning) => `:warning: ${warning}`);
  const wanted = confirmationFor(sweep.hold, keys);
  const blocks: Block[] = [
    section(`Sweep #${sweep.number} would correct *${settingsOn(sweep.hold.writes, sweep.hold.pbxs)}*:`),
    ...listed(planLines(plan, nameOf), FORM_PLAN_TEXT, (left) => `${counted(left, 'more rule')}.`),
    ...sections(sweep.hold.reasons.slice(0, MOST_REASONS).map(({ because }) => `• ${reason(because)}`)),
    ...(warnings.length === 0 ? [] : sections(['*What could happen*', ...warnings])),
    context('Each value is read again first; what has changed since the sweep is left alone.'),
    ...(wanted === null ? [] : [confirmationInput(wanted, `write to ${pbxCount(sweep.hold.pbxs)}`)]),
  ];
  return modal(`Release sweep #${sweep.number}`, blocks, {
    callbackId: RELEASE_FORM,
    submit: 'Release',
    close: 'Cancel',
    metadata,
  });
}

/** What must be typed before a release counts, or null where a click is enough. */
export function confirmationFor({ pbxs }: Pick<Hold, 'pbxs'>, keys: readonly string[]): string | null {
  const isRisky = keys.some((key) => findSetting(key)?.risk === 'high');
  return pbxs > EASY_PBXS || isRisky ? String(pbxs) : null;
}

function planLines(plan: readonly PlannedRule[], nameOf: (pbxId: string) => string): readonly string[] {
  return plan.map(({ key, target, value, pbxIds }) => {
    const names = fewNames(pbxIds.map(nameOf));
    const rule = target.startsWith('tag:') || target === 'all' ? `, rule for ${code(target)}` : '';
    return `• *${labelOf(key)}* → ${valueOf(key, value)} on ${pbxCount(pbxIds.length)} (${names})${rule}`;
  });
}

import { currentDesired } from '../baseline/desired.js';
import type { Desired, Rule } from '../baseline/rules.js';
import { type Ctx, type Pbx, timestamp } from '../ctx.js';
import { sentence, UserError, UserErrors } from '../errors.js';
import { type Observation, readingOf } from '../fleet/observation.js';
import { observe } from '../fleet/observe.js';
import type { Assignment } from '../settings/assignment.js';
import { getSetting } from '../settings/catalogue.js';
import { checkValue, formatValue, isSameValue } from '../settings/kind.js';
import { mayPropose } from './judge.js';
import { openRequest, type Petition } from './open.js';
import type { ChangeRequest, Hold, Item } from './request.js';
import { findByOrigin } from './store.js';

const MAX_REASON = 2000;

export interface SettingsPetition extends Petition {
  readonly pbx: Pbx;
  readonly assignments: readonly Assignment[];
  readonly hold: Hold;
}

/**
 * Asks for settings of one PBX to be changed. Reads the PBX first, so that the request carries the values it was made
 * against. Throws `UserError` where the person may not ask, a value does not fit this PBX, nothing would change, the PBX
 * cannot be read, or the baseline holds a setting and `hold` does not say what becomes of it.
 */
export async function proposeSettings(ctx: Ctx, petition: SettingsPetition): Promise<ChangeRequest> {
  checkPetition(ctx, petition);
  const earlier = petition.origin === undefined ? undefined : await findByOrigin(ctx.db, petition.origin);
  if (earlier !== undefined) return earlier;
  const { pbx, assignments, hold } = petition;
  checkOnce(assignments);
  const resources = [...new Set(assignments.map(({ key }) => getSetting(key).resource))];
  const observation = await observe(ctx, pbx, resources);
  const items = together(assignments.map((assignment) => () => itemOf(pbx, observation, assignment))).flat();
  if (items.length === 0) {
    const detail = assignments[0] === undefined ? {} : { field: assignments[0].key };
    throw new UserError('conflict', `${pbx.name} is already so: nothing would change.`, detail);
  }
  const { version, desired } = await currentDesired(ctx, pbx);
  if (hold.kind === 'none') together(items.map((item) => () => checkUngoverned(item, version, desired)));
  if (hold.kind === 'exception') checkUntil(ctx, hold.untilAt);
  return openRequest(ctx, petition, pbx, { kind: 'settings', items, hold }, version);
}

export interface BaselinePetition extends Petition {
  readonly pbx: Pbx;
  readonly rules: readonly Rule[];
}

/** Asks for rules to become the next baseline version. Throws `UserError` where the person may not ask or there are none. */
export async function proposeBaseline(ctx: Ctx, petition: BaselinePetition): Promise<ChangeRequest> {
  checkPetition(ctx, petition);
  const { pbx, rules } = petition;
  if (rules.length === 0) throw new UserError('invalid', 'There is no rule to put into the baseline.');
  const { version } = await currentDesired(ctx, pbx);
  return openRequest(ctx, petition, pbx, { kind: 'baseline', rules }, version);
}

function checkPetition(ctx: Ctx, petition: Petition): void {
  if (!mayPropose(petition.actor, petition.roles, ctx.roles.requesters)) {
    throw new UserError('forbidden', 'You may look at settings, but not ask for changes.', {
      mend: 'An admin can add you to PLUMBLINE_REQUESTERS.',
    });
  }
  if (petition.reason.trim() === '') {
    throw new UserError('invalid', 'A reason is missing.', {
      field: 'reason',
      mend: 'Say in a few words why.',
    });
  }
  if (petition.reason.length > MAX_REASON) {
    throw new UserError('invalid', `The reason is longer than ${MAX_REASON} characters.`, {
      field: 'reason',
    });
  }
}

function checkOnce(assignments: readonly Assignment[]): void {
  const keys = assignments.map(({ key }) => key);
  const twice = keys.find((key, index) => keys.indexOf(key) < index);
  if (twice === undefined) return;
  throw new UserError('invalid', `${getSetting(twice).label} is given two values.`, { field: twice });
}

function itemOf(pbx: Pbx, observation: Observation, assignment: Assignment): readonly Item[] {
  const setting = getSetting(assignment.key);
  const reading = readingOf(observation, setting.key);
  if (reading.status === 'not-applicable') {
    throw new UserError('invalid', sentence(`${setting.label}: ${reading.because}`), { field: setting.key });
  }
  if (reading.status === 'unknown') {
    throw new UserError(
      'conflict',
      sentence(`${setting.label} could not be read from ${pbx.name}: ${reading.because}`),
      {
        field: setting.key,
        mend: 'Nothing was asked for. Try again when the PBX answers.',
      },
    );
  }
  const value = checkValue(setting, assignment.value, observation.version);
  return isSameValue(setting, reading.value, value)
    ? []
    : [{ key: setting.key, before: reading.value, value }];
}

/** Whether the baseline holds a setting at another value, without an exception: such a change would be undone at night. */
export function governing(item: Item, desired: readonly Desired[]): Desired | undefined {
  return desired.find(
    ({ rule, exception }) =>
      rule.key === item.key &&
      rule.mode !== 'report' &&
      exception === undefined &&
      !isSameValue(getSetting(item.key), rule.value, item.value),
  );
}

function checkUngoverned(item: Item, version: number, desired: readonly Desired[]): void {
  const governs = governing(item, desired);
  if (governs === undefined) return;
  const setting = getSetting(item.key);
  throw new UserError(
    'conflict',
    `${setting.label}: baseline v${version} holds it at ${formatValue(setting, governs.rule.value)}.`,
    {
      field: setting.key,
      mend: 'Choose: make it the new baseline, or make an exception until a date (--baseline, or --until 2026-12-31).',
    },
  );
}

function checkUntil(ctx: Ctx, untilAt: string): void {
  if (untilAt > timestamp(ctx)) return;
  throw new UserError('invalid', 'An exception must end in the future.', {
    field: 'until',
    mend: 'Choose a later date.',
  });
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

import type { RuleName } from '../baseline/diff.js';
import { newContradictions } from '../baseline/contradictions.js';
import { unfit } from '../baseline/fit.js';
import type { Rule } from '../baseline/rules.js';
import { currentBaseline } from '../baseline/store.js';
import type { Ctx } from '../ctx.js';
import { UserError, UserErrors } from '../errors.js';
import type { Observation } from '../fleet/observation.js';
import { getTarget } from '../fleet/pbx.js';
import { getSetting } from '../settings/catalogue.js';
import { baselineContent, type RuleChange, rulesAfter } from './impact.js';
import { openRequest, type Petition } from './open.js';
import { checkPetition } from './propose.js';
import type { BaselineContent, ChangeRequest } from './request.js';
import { findByOrigin } from './store.js';

export interface BaselinePetition extends Petition {
  /** What the request is shown under: the PBX the rules were captured from, or `baseline`. */
  readonly target: string;
  /** The rules to add or replace, and those to remove. */
  readonly rules: readonly Rule[];
  readonly removed?: readonly RuleName[];
  /**
   * The version that all rules there are to be were compared with; refused where another one is in force by now. Without it
   * the rules are added to whatever others there are.
   */
  readonly basedOn?: number;
  /** What was just read of some PBXs, which are not asked again for what the version would change there. */
  readonly known?: readonly Observation[];
}

/**
 * Asks for rules to become the next baseline version, and reads the PBXs to show what it would change on which of them.
 * Throws `UserError` where the person may not ask, nothing would change in the baseline, a rule does not fit a PBX, or two
 * rules of equal rank contradict each other on one.
 */
export async function proposeBaseline(ctx: Ctx, petition: BaselinePetition): Promise<ChangeRequest> {
  checkPetition(ctx, petition);
  const earlier = petition.origin === undefined ? undefined : await findByOrigin(ctx.db, petition.origin);
  if (earlier !== undefined) return earlier;
  const { target, removed = [], basedOn, known = [] } = petition;
  if (petition.rules.length + removed.length === 0) {
    throw new UserError('invalid', 'There is no rule to put into the baseline.');
  }
  const rules = petition.rules.map((rule) => ({ ...rule, target: getTarget(ctx, rule.target) }));
  const current = await currentBaseline(ctx.db);
  if (basedOn !== undefined && basedOn !== current.version) throw superseded(basedOn, current.version);
  const content = {
    ...(await checkedContent(ctx, { rules, removed }, known)),
    ...(basedOn === undefined ? {} : { isWhole: true as const }),
  };
  return openRequest(ctx, petition, { target, content, baselineVersion: current.version });
}

/**
 * The content of a request for rules, which are looked at before the PBXs are asked and again after it: only then is the
 * version of each known. Throws `UserErrors` for rules that cannot be kept.
 */
export async function checkedContent(
  ctx: Ctx,
  { rules, removed = [] }: RuleChange,
  known: readonly Observation[] = [],
): Promise<BaselineContent> {
  await checkRules(ctx, rules, removed);
  const content = await baselineContent(ctx, { rules, removed }, known);
  raise(await unfit(ctx, rules));
  return content;
}

/**
 * Refuses rules that cannot be kept: a setting twice for one target, two tags of one PBX that contradict each other, a value
 * that some PBX or 3CX version does not take. Throws `UserErrors` with all of it.
 */
async function checkRules(ctx: Ctx, rules: readonly Rule[], removed: readonly RuleName[]): Promise<void> {
  const current = await currentBaseline(ctx.db);
  const next = { version: current.version + 1, rules: rulesAfter(current.rules, { rules, removed }) };
  const contradictions = newContradictions(current, next, ctx.pbxs, ctx.now());
  raise([...twiceNamed(rules), ...contradictions, ...(await unfit(ctx, rules))]);
}

function raise(faults: readonly UserError[]): void {
  const [first, ...rest] = [...new Map(faults.map((fault) => [fault.message, fault])).values()];
  if (first !== undefined) throw rest.length === 0 ? first : new UserErrors([first, ...rest]);
}

function twiceNamed(rules: readonly Rule[]): readonly UserError[] {
  const nameOf = ({ key, target }: Rule): string => `${key} for ${target}`;
  const names = rules.map(nameOf);
  return rules
    .filter((rule, index) => names.indexOf(nameOf(rule)) < index)
    .map(
      ({ key, target }) =>
        new UserError('invalid', `There are two rules for ${getSetting(key).label} for ${target}.`, {
          field: key,
          mend: 'Keep one of them.',
        }),
    );
}

function superseded(basedOn: number, version: number): UserError {
  return new UserError(
    'conflict',
    `These rules were made from v${basedOn}, and the baseline is v${version} now.`,
    {
      field: 'basedOn',
      mend: 'Export it again and bring your changes to the new version, or remove basedOn to overrule it.',
    },
  );
}

import type { Ctx, Pbx } from '../ctx.js';
import { sentence, UserError } from '../errors.js';
import { type Observation, readingOf } from '../fleet/observation.js';
import { getTarget } from '../fleet/pbx.js';
import { observe } from '../fleet/observe.js';
import { findObject, getSetting, resources, settings } from '../settings/catalogue.js';
import type { Setting, Value } from '../settings/setting.js';
import { unfit } from './fit.js';
import type { Mode, Rule } from './rules.js';

export interface CaptureOrder {
  /** Settings, nested objects or whole resources to take; all of the catalogue where empty. */
  readonly keys: readonly string[];
  /** Those to leave out, named likewise. */
  readonly except?: readonly string[];
  readonly mode: Mode;
  readonly target: string;
}

export interface Captured {
  readonly rules: readonly Rule[];
  /** What was read of the PBX. */
  readonly observation: Observation;
}

/**
 * Reads a PBX and turns its values into rules. Settings the PBX does not have are left out. What is not set (null), what
 * does not fit every PBX of the target and every 3CX version, and what could shut people out becomes a `report` rule, the
 * last unless it is named. Throws `UserError` where a wanted setting could not be read: a baseline is never made of guesses.
 */
export async function captureRules(
  ctx: Pick<Ctx, 'db' | 'now' | 'pbxs'>,
  pbx: Pbx,
  asked: CaptureOrder,
): Promise<Captured> {
  const target = getTarget(ctx, asked.target);
  const except = new Set((asked.except ?? []).flatMap(settingsOf));
  const named = asked.keys.length === 0 ? settings : [...new Set(asked.keys.flatMap(settingsOf))];
  const wanted = named.filter((setting) => !except.has(setting));
  if (wanted.length === 0) throw new UserError('invalid', 'There is no setting left to capture.');
  const observation = await observe(ctx, pbx, [...new Set(wanted.map(({ resource }) => resource))]);
  const single = new Set(asked.keys.filter((key) => resourceNamed(key) === undefined).flatMap(settingsOf));
  const rules = wanted.flatMap((setting) => {
    const value = valueOf(pbx, observation, setting, single.has(setting));
    if (value === undefined) return [];
    const isDelicate = (setting.interlocks ?? []).length > 0 && !single.has(setting);
    return [{ key: setting.key, value, mode: isDelicate ? 'report' : asked.mode, target }];
  });
  const faults = await unfit(ctx, rules);
  const isUnfit = ({ key }: Rule): boolean => faults.some(({ field }) => field === key);
  return {
    rules: rules.map((rule) => (isUnfit(rule) ? { ...rule, mode: 'report' } : rule)),
    observation,
  };
}

function settingsOf(name: string): readonly Setting[] {
  return resourceNamed(name)?.settings ?? findObject(name)?.leaves ?? [getSetting(name)];
}

function resourceNamed(name: string) {
  return resources.find((resource) => resource.name.toLowerCase() === name.toLowerCase());
}

/** The value a PBX has, or undefined for a setting that it does not have and nobody named. */
function valueOf(pbx: Pbx, observation: Observation, setting: Setting, isNamed: boolean): Value | undefined {
  const reading = readingOf(observation, setting.key);
  if (reading.status === 'read') return reading.value;
  if (reading.status === 'not-applicable' && !isNamed) return undefined;
  const isWhole = observation.properties[setting.resource] === undefined;
  const left = isWhole ? setting.resource : setting.key;
  throw new UserError(
    'conflict',
    sentence(`${setting.label} could not be read from ${pbx.name}: ${reading.because}`),
    {
      field: setting.key,
      mend: `Nothing was captured. Try again when the PBX answers, name the settings to capture, or leave these out with --except ${left}.`,
    },
  );
}

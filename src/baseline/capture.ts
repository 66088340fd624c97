import type { Ctx, Pbx } from '../ctx.js';
import { sentence, UserError } from '../errors.js';
import { type Observation, readingOf } from '../fleet/observation.js';
import { getTarget } from '../fleet/pbx.js';
import { observe } from '../fleet/observe.js';
import { findObject, getSetting, settings } from '../settings/catalogue.js';
import type { Setting } from '../settings/setting.js';
import type { Mode, Rule } from './rules.js';

export interface CaptureOrder {
  /** Settings or nested objects to take; all of the catalogue where empty. */
  readonly keys: readonly string[];
  readonly mode: Mode;
  readonly target: string;
}

/**
 * Reads a PBX and turns its values into rules. Settings the PBX does not have are left out; one that is not set (null)
 * becomes a `report` rule, because what writing null does is not documented, and so does one that could shut people out,
 * unless it is named. Throws `UserError` where a wanted setting could not be read: a baseline is never made of guesses.
 */
export async function captureRules(
  ctx: Pick<Ctx, 'db' | 'now' | 'pbxs'>,
  pbx: Pbx,
  asked: CaptureOrder,
): Promise<readonly Rule[]> {
  const order = { ...asked, target: getTarget(ctx, asked.target) };
  const wanted = order.keys.length === 0 ? settings : order.keys.flatMap(settingsNamed);
  const observation = await observe(ctx, pbx, [...new Set(wanted.map(({ resource }) => resource))]);
  return wanted.flatMap((setting) => ruleOf(pbx, observation, setting, order));
}

function settingsNamed(key: string): readonly Setting[] {
  return findObject(key)?.leaves ?? [getSetting(key)];
}

function ruleOf(pbx: Pbx, observation: Observation, setting: Setting, order: CaptureOrder): readonly Rule[] {
  const reading = readingOf(observation, setting.key);
  if (reading.status === 'read') {
    const isDelicate = (setting.interlocks ?? []).length > 0 && order.keys.length === 0;
    const mode = reading.value === null || isDelicate ? 'report' : order.mode;
    return [{ key: setting.key, value: reading.value, mode, target: order.target }];
  }
  if (reading.status === 'not-applicable' && order.keys.length === 0) return [];
  throw new UserError(
    'conflict',
    sentence(`${setting.label} could not be read from ${pbx.name}: ${reading.because}`),
    {
      field: setting.key,
      mend: 'Nothing was captured. Try again when the PBX answers, or name the settings to capture.',
    },
  );
}

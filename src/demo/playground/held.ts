import { currentDesired, currentlyHeld } from '../../baseline/desired.js';
import type { Ctx } from '../../ctx.js';
import { observe } from '../../fleet/observe.js';
import { getPbx } from '../../fleet/pbx.js';
import type { HeldFact, Reconnection } from './face.js';

const ASKED = 'GeneralSettingsForApps';

/** What every PBX is held to right now, by the narrowest rule of each setting; where two contradict, to neither. */
export async function heldFacts(ctx: Ctx): Promise<readonly HeldFact[]> {
  const held = await currentlyHeld(ctx);
  const facts = await Promise.all(
    ctx.pbxs.map(async (pbx) => {
      const { desired } = await currentDesired(ctx, pbx, held);
      return desired
        .filter(({ conflict }) => conflict === undefined)
        .map(({ rule: { key, value, mode }, exception }) => ({
          pbxId: pbx.id,
          key,
          value,
          mode,
          exceptedUntil: exception?.untilAt ?? null,
        }));
    }),
  );
  return facts.flat();
}

/** Tries a refused credential again at once, and says what came of it. Throws `UserError` (not-found). */
export async function reconnect(ctx: Ctx, pbxId: string): Promise<Reconnection> {
  const pbx = getPbx(ctx, pbxId);
  await pbx.xapi.retryCredential();
  const { readings, properties, version } = await observe(ctx, pbx, [ASKED]);
  if (ASKED in properties) {
    return { isAnswering: true, said: `${pbx.name} answers${version === null ? '' : `, 3CX ${version}`}.` };
  }
  const failed = Object.values(readings).find((reading) => reading.status === 'unknown');
  return { isAnswering: false, said: `${pbx.name}: ${failed?.because ?? 'it could not be read.'}` };
}

import { captureRules } from '../../src/baseline/capture.js';
import { publishBaseline } from '../../src/baseline/publish.js';
import { OPERATOR, type Fleet } from './sweep-fleet.js';

/** Makes a PBX's values the baseline at once, as when such a request was approved; of all settings where none is named. */
export async function holdAsItIs({ app: { ctx } }: Fleet, pbxId: string, ...keys: string[]): Promise<void> {
  const pbx = ctx.pbxs.find(({ id }) => id === pbxId);
  if (pbx === undefined) throw new Error(`there is no PBX ${pbxId}`);
  const { rules } = await captureRules(ctx, pbx, { keys, mode: 'enforce', target: pbxId });
  const publication = { requestId: `held-${pbxId}`, actor: OPERATOR, build: () => rules };
  await ctx.db.transaction().execute((tx) => publishBaseline(ctx, tx, publication));
}

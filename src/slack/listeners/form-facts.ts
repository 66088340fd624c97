import { baselineNow } from '../../changes/plan.js';
import type { Ctx, Pbx } from '../../ctx.js';
import { observe } from '../../fleet/observe.js';
import { selectPbxs } from '../../fleet/pbx.js';
import { findLastSeen, type LastSeen } from '../../fleet/store.js';
import {
  changeForm,
  type FormFacts,
  type FormScope,
  loadingForm,
  type Purpose,
  unreadableForm,
} from '../blocks/change-form.js';
import { targetName } from '../blocks/change-words.js';
import type { View } from '../blocks/kit.js';
import { sharedValue } from '../blocks/target-values.js';
import type { SlackTools } from '../conversation.js';
import { openModal } from '../open-modal.js';
import { pbxNames } from './scope.js';

/**
 * Opens a form for settings of a target. One PBX is asked for what it has now; of several the form shows what was last
 * seen of them, since it is filled in while somebody waits.
 */
export async function openChangeForm(
  { ctx, client, triggerId }: Pick<SlackTools, 'ctx' | 'client'> & { readonly triggerId: string },
  target: string,
  scope: FormScope,
  purpose: Purpose,
): Promise<void> {
  const pbxs = selectPbxs(ctx, target);
  const name = targetName(target, pbxNames(ctx));
  const [only, ...others] = pbxs;
  const isOne = others.length === 0;
  await openModal({ client, triggerId, log: ctx.log }, loadingForm(name, isOne), async () =>
    only !== undefined && isOne
      ? formForOne(ctx, only, name, scope, purpose)
      : changeForm(scope, await factsOfMany(ctx, pbxs, name, scope), purpose),
  );
}

async function formForOne(
  ctx: Ctx,
  pbx: Pbx,
  name: string,
  scope: FormScope,
  purpose: Purpose,
): Promise<View> {
  const names = scope.resources.map((resource) => resource.name);
  const { properties, readings } = await observe(ctx, pbx, names);
  if (names.every((resource) => properties[resource] === undefined)) return unreadableForm(name, readings);
  const { version, desiredOf } = await baselineNow(ctx);
  const facts = { name, shown: readings, desired: desiredOf(pbx.id), baselineVersion: version };
  return changeForm(scope, facts, purpose);
}

async function factsOfMany(
  ctx: Ctx,
  pbxs: readonly Pbx[],
  name: string,
  { resources }: FormScope,
): Promise<FormFacts> {
  const seen: (LastSeen | undefined)[] = [];
  for (const pbx of pbxs) seen.push(await findLastSeen(ctx.db, pbx.id));
  const settings = resources.flatMap((resource) => resource.settings);
  const { version, desiredOf } = await baselineNow(ctx);
  return {
    name: `${name} (${pbxs.length})`,
    shown: Object.fromEntries(settings.map((setting) => [setting.key, sharedValue(setting, seen)])),
    desired: pbxs.flatMap(({ id }) => desiredOf(id)),
    baselineVersion: version,
    note: 'Values are those last seen. Where the PBXs differ an input is empty; left empty it changes nothing.',
  };
}

import type { Pbx } from '../../ctx.js';
import { getPbx, pbxOrOnly } from '../../fleet/pbx.js';
import { observe } from '../../fleet/observe.js';
import { resourceJson } from '../../fleet/resource-json.js';
import { findLastSeen, type LastSeen } from '../../fleet/store.js';
import { findObject, getSetting, settings } from '../../settings/catalogue.js';
import type { Setting } from '../../settings/setting.js';
import { jsonView, notice } from '../blocks/answers.js';
import type { Message } from '../blocks/kit.js';
import { fleetMessage, settingsMessage } from '../blocks/settings-view.js';
import type { Conversation, SlackTools } from '../conversation.js';
import { openModal } from '../open-modal.js';

const TITLE = 'Settings as JSON';

/** Looking at the fleet and at a PBX's settings. */
export const show: Conversation = {
  commands: [
    {
      command: '/pbx',
      verb: 'list',
      usage: '/pbx list',
      help: 'Lists the PBXs under Plumbline’s care.',
      run: async ({ ctx, reply }) => reply(await fleet(ctx)),
    },
    {
      command: '/pbx',
      verb: 'show',
      usage: '/pbx show [pbx] [setting…]',
      help: 'Shows settings as the PBX has them now.',
      run: async ({ ctx, words, reply }) => {
        const { pbx, keys } = pbxAndKeys(ctx, words.args);
        await reply(await shown(ctx, pbx, keys));
      },
    },
  ],
  actions: [
    {
      id: 'show.pick',
      run: async ({ ctx, reply }) =>
        reply(ctx.pbxs.length === 1 ? await shown(ctx, pbxOrOnly(ctx, undefined), []) : await fleet(ctx)),
    },
    {
      id: 'show.json',
      run: async ({ ctx, client, value, triggerId }) => {
        const pbx = getPbx(ctx, value);
        await openModal(client, triggerId, notice(TITLE, ['One moment…']), async () =>
          jsonView(
            TITLE,
            resourceJson(await observe(ctx, pbx)),
            `${pbx.name}, pictures as type, size and hash`,
          ),
        );
      },
    },
  ],
};

/** Splits words into the PBX, which may be left out where there is only one, and what follows. */
export function pbxAndKeys(
  ctx: SlackTools['ctx'],
  args: readonly string[],
): { readonly pbx: Pbx; readonly keys: readonly string[] } {
  const [first, ...rest] = args;
  const isPbx = ctx.pbxs.some(({ id }) => id.toLowerCase() === first?.toLowerCase());
  if (first !== undefined && (isPbx || ctx.pbxs.length > 1)) return { pbx: getPbx(ctx, first), keys: rest };
  return { pbx: pbxOrOnly(ctx, undefined), keys: args };
}

async function shown(ctx: SlackTools['ctx'], pbx: Pbx, keys: readonly string[]): Promise<Message> {
  const wanted = keys.length === 0 ? settings : keys.flatMap(settingsNamed);
  const observation = await observe(ctx, pbx, [...new Set(wanted.map(({ resource }) => resource))]);
  return settingsMessage(pbx, observation, wanted);
}

function settingsNamed(key: string): readonly Setting[] {
  return findObject(key)?.leaves ?? [getSetting(key)];
}

async function fleet(ctx: SlackTools['ctx']): Promise<Message> {
  const seen = new Map<string, LastSeen>();
  for (const pbx of ctx.pbxs) {
    const last = await findLastSeen(ctx.db, pbx.id);
    if (last !== undefined) seen.set(pbx.id, last);
  }
  return fleetMessage(ctx.pbxs, seen);
}

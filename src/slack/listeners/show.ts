import type { Ctx, Pbx } from '../../ctx.js';
import { UserError } from '../../errors.js';
import type { Observation } from '../../fleet/observation.js';
import { observe } from '../../fleet/observe.js';
import { getPbx, pbxOrOnly } from '../../fleet/pbx.js';
import { resourceJson } from '../../fleet/resource-json.js';
import { findLastSeen, type LastSeen } from '../../fleet/store.js';
import { jsonView, notice } from '../blocks/answers.js';
import type { Message } from '../blocks/kit.js';
import { fleetMessage, settingsMessage } from '../blocks/settings-view.js';
import { escape } from '../blocks/text.js';
import type { ActionInput, Conversation } from '../conversation.js';
import { openModal } from '../open-modal.js';
import { replyWhenReady } from '../patience.js';
import { pbxAndKeys, settingsNamed } from './scope.js';

const TITLE = 'Settings as JSON';

/** Looking at the fleet and at a PBX's settings. */
export const show: Conversation = {
  commands: [
    {
      command: '/pbx',
      verb: 'list',
      usage: '/pbx list',
      help: 'Lists the PBXs under Plumbline’s care.',
      most: 0,
      run: async ({ ctx, reply }) => reply(await fleet(ctx)),
    },
    {
      command: '/pbx',
      verb: 'show',
      usage: '/pbx show [pbx] [setting…]',
      help: 'Shows settings as the PBX has them now.',
      run: async ({ ctx, words, reply }) => {
        const { pbx, keys } = pbxAndKeys(ctx, words.args);
        await showSettings(ctx, reply, pbx, keys);
      },
    },
  ],
  actions: [
    {
      id: 'show.pick',
      run: async ({ ctx, reply }) => {
        if (ctx.pbxs.length > 1) return reply(await fleet(ctx));
        await showSettings(ctx, reply, pbxOrOnly(ctx, undefined), []);
      },
    },
    {
      id: 'show.pbx',
      run: async ({ ctx, value, reply }) => showSettings(ctx, reply, getPbx(ctx, value), []),
    },
    {
      id: 'show.json',
      run: async ({ ctx, client, value, triggerId }) => {
        const pbx = getPbx(ctx, value);
        const loading = notice(TITLE, [`Asking ${escape(pbx.name)} for its settings…`]);
        await openModal({ client, triggerId, log: ctx.log }, loading, async () => {
          const observation = await observe(ctx, pbx);
          checkRead(pbx, observation);
          const note = `${pbx.name}: everything that could be read; pictures as type, size and hash`;
          return jsonView(TITLE, resourceJson(observation), note);
        });
      },
    },
  ],
};

async function showSettings(
  ctx: Ctx,
  reply: ActionInput['reply'],
  pbx: Pbx,
  names: readonly string[],
): Promise<void> {
  const wanted = settingsNamed(names);
  await replyWhenReady(reply, `Asking *${escape(pbx.name)}* for its settings…`, async () => {
    const observation = await observe(ctx, pbx, [...new Set(wanted.map(({ resource }) => resource))]);
    return settingsMessage(pbx, observation, wanted);
  });
}

function checkRead(pbx: Pbx, { properties, readings }: Observation): void {
  if (Object.keys(properties).length > 0) return;
  const because = Object.values(readings).flatMap((reading) =>
    reading.status === 'unknown' ? [reading.because] : [],
  );
  throw new UserError('conflict', `${pbx.name} could not be read: ${because[0] ?? 'no answer'}`);
}

async function fleet(ctx: Ctx): Promise<Message> {
  const seen = new Map<string, LastSeen>();
  for (const pbx of ctx.pbxs) {
    const last = await findLastSeen(ctx.db, pbx.id);
    if (last !== undefined) seen.set(pbx.id, last);
  }
  return fleetMessage(ctx.pbxs, seen);
}

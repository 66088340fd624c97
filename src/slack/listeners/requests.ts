import { listRequests } from '../../changes/queries.js';
import type { Ctx } from '../../ctx.js';
import { UserError } from '../../errors.js';
import { getSetting } from '../../settings/catalogue.js';
import { code, context, escape, type Message, sections } from '../blocks/kit.js';
import { requestLine } from '../blocks/change-card.js';
import type { Conversation } from '../conversation.js';
import { pbxAndKeys } from './show.js';

const SHOWN = 15;
const HISTORY = 200;

/** Lists of requests: what waits, and what became of a setting. */
export const requests: Conversation = {
  commands: [
    {
      command: '/pbx',
      verb: 'requests',
      usage: '/pbx requests',
      help: 'Lists the requests that wait for a decision.',
      run: async ({ ctx, reply }) => reply(await openRequests(ctx)),
    },
    {
      command: '/pbx',
      verb: 'history',
      usage: '/pbx history [pbx] [setting]',
      help: 'Lists what was asked for and what became of it.',
      run: async ({ ctx, words, reply }) => {
        const { pbx, keys } = pbxAndKeys(ctx, words.args);
        if (keys.length > 1)
          throw new UserError('invalid', 'Name one setting.', {
            mend: 'Usage: /pbx history [pbx] [setting]',
          });
        await reply(await history(ctx, pbx.id, keys[0]));
      },
    },
  ],
  actions: [{ id: 'requests.list', run: async ({ ctx, reply }) => reply(await openRequests(ctx)) }],
};

async function openRequests(ctx: Ctx): Promise<Message> {
  const open = await listRequests(ctx.db, { states: ['pending', 'approved', 'applying'], limit: SHOWN + 1 });
  return listMessage(ctx, 'Open requests', open, 'No request is open.');
}

async function history(ctx: Ctx, pbxId: string, key: string | undefined): Promise<Message> {
  const all = await listRequests(ctx.db, { pbxId, limit: HISTORY });
  if (key === undefined) return listMessage(ctx, 'History', all, 'Nothing was asked for yet.');
  const setting = getSetting(key);
  const about = all.filter(({ content }) =>
    content.kind === 'settings'
      ? content.items.some((item) => item.key === setting.key)
      : content.rules.some((rule) => rule.key === setting.key),
  );
  return listMessage(ctx, `History of ${code(setting.key)}`, about, 'Nothing was asked for yet.');
}

function listMessage(
  ctx: Ctx,
  title: string,
  found: Awaited<ReturnType<typeof listRequests>>,
  otherwise: string,
): Message {
  const nameOf = (pbxId: string): string => ctx.pbxs.find(({ id }) => id === pbxId)?.name ?? pbxId;
  const lines = found.slice(0, SHOWN).map((request) => `• ${requestLine(request, nameOf(request.pbxId))}`);
  const more =
    found.length > SHOWN ? [context('Older ones are left out; `plumbline requests` lists them all.')] : [];
  const body = lines.length === 0 ? [escape(otherwise)] : lines;
  return {
    text: `${title}: ${found.length}`.replaceAll('`', ''),
    blocks: [...sections([`*${title}*`, ...body]), ...more],
  };
}

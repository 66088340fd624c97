import { listRequests } from '../../changes/queries.js';
import type { ChangeRequest } from '../../changes/request.js';
import type { Ctx } from '../../ctx.js';
import { UserError } from '../../errors.js';
import { requestLine } from '../blocks/change-words.js';
import { context, listed, type Message, section } from '../blocks/kit.js';
import { code, escape, spoken } from '../blocks/text.js';
import type { Conversation } from '../conversation.js';
import { pbxAndKeys, pbxNames, settingsNamed } from './scope.js';

const SHOWN = 15;
const SEARCHED = 500;
const LIST_TEXT = 11_000;
const HISTORY_USAGE = '/pbx history [pbx] [setting]';

/** Lists of requests: what waits, and what became of a setting. */
export const requests: Conversation = {
  commands: [
    {
      command: '/pbx',
      verb: 'requests',
      usage: '/pbx requests',
      help: 'Lists the requests that wait for a decision or are being applied.',
      most: 0,
      run: async ({ ctx, reply }) => reply(await openRequests(ctx)),
    },
    {
      command: '/pbx',
      verb: 'history',
      usage: HISTORY_USAGE,
      help: 'Lists what was asked for and what became of it.',
      run: async ({ ctx, words, reply }) => {
        const { pbx, keys } = pbxAndKeys(ctx, words.args);
        if (keys.length > 1)
          throw new UserError('invalid', 'Name one setting at a time.', { mend: `Usage: ${HISTORY_USAGE}` });
        await reply(await history(ctx, pbx.id, keys));
      },
    },
  ],
  actions: [{ id: 'requests.list', run: async ({ ctx, reply }) => reply(await openRequests(ctx)) }],
};

async function openRequests(ctx: Ctx): Promise<Message> {
  const open = await listRequests(ctx.db, { states: ['pending', 'approved', 'applying'], limit: SEARCHED });
  return listMessage(ctx, { title: 'Open requests', found: open, otherwise: 'No request is open.' });
}

async function history(ctx: Ctx, pbxId: string, names: readonly string[]): Promise<Message> {
  const all = await listRequests(ctx.db, { pbxId, limit: SEARCHED });
  const of = escape(pbxNames(ctx)(pbxId));
  const otherwise = 'Nothing was asked for yet.';
  if (names.length === 0) return listMessage(ctx, { title: `History of ${of}`, found: all, otherwise });
  const keys = settingsNamed(names).map(({ key }) => key);
  const found = all.filter((request) => keysOf(request).some((key) => keys.includes(key)));
  const title = `History of ${code(names[0] ?? '')} on ${of}`;
  const [only] = keys;
  return listMessage(ctx, { title, found, otherwise, ...(keys.length === 1 && only ? { key: only } : {}) });
}

function keysOf({ content }: ChangeRequest): readonly string[] {
  return (content.kind === 'settings' ? content.items : content.rules).map(({ key }) => key);
}

interface Listing {
  readonly title: string;
  readonly found: readonly ChangeRequest[];
  readonly otherwise: string;
  /** The one setting the list is about: its values are shown. */
  readonly key?: string;
}

function listMessage(ctx: Ctx, { title, found, otherwise, key }: Listing): Message {
  const nameOf = pbxNames(ctx);
  const lines = found
    .slice(0, SHOWN)
    .map((request) => `• ${requestLine(request, nameOf(request.pbxId), key)}`);
  const count = found.length === SEARCHED ? `${SEARCHED} or more` : String(found.length);
  const older = found.length - SHOWN;
  return {
    text: spoken([`${title}: ${count}`, ...(lines.length === 0 ? [otherwise] : lines)]),
    blocks: [
      section(lines.length === 0 ? `*${title}*` : `*${title}*: ${count}`),
      ...(lines.length === 0 ? [section(escape(otherwise))] : []),
      ...listed(lines, LIST_TEXT, (left) => `${left} more do not fit here.`),
      ...(older > 0
        ? [context(`The newest ${SHOWN}; \`plumbline requests\` lists the older ones too.`)]
        : []),
    ],
  };
}

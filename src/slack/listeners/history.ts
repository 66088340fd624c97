import { createHash } from 'node:crypto';
import { settingHistory } from '../../changes/history.js';
import type { Place } from '../../changes/history-merge.js';
import { mayPropose } from '../../changes/judge.js';
import type { Ctx, Pbx } from '../../ctx.js';
import { UserError } from '../../errors.js';
import { resources } from '../../settings/catalogue.js';
import { historyMessage } from '../blocks/history-view.js';
import type { Message } from '../blocks/kit.js';
import { code, escape } from '../blocks/text.js';
import type { Conversation } from '../conversation.js';
import type { Person } from '../people.js';
import { pbxAndKeys, pbxNames, settingsNamed } from './scope.js';

const USAGE = '/pbx history [pbx] [setting]';
const PAGE = 10;
const MARK = 8;
const EVERYTHING = 'all';

/** What happened to a setting on a PBX, or to the whole PBX. */
export const history: Conversation = {
  commands: [
    {
      command: '/pbx',
      verb: 'history',
      usage: USAGE,
      help: 'Shows a setting’s life on a PBX, by requests and by sweeps; without a setting all of them.',
      run: async ({ ctx, words, person, reply }) => {
        const { pbx, keys } = pbxAndKeys(ctx, words.args);
        if (keys.length > 1) {
          throw new UserError('invalid', 'Name one setting at a time.', { mend: `Usage: ${USAGE}` });
        }
        await reply(await page(ctx, person, { pbx, name: keys[0] ?? null }));
      },
    },
  ],
  actions: [
    {
      id: 'history.older',
      run: async ({ ctx, person, value, reply }) => {
        const { scope, place } = readMark(ctx, value);
        await reply(await page(ctx, person, scope, { before: place }));
      },
    },
    {
      id: 'history.newer',
      run: async ({ ctx, person, value, reply }) => {
        const { scope, place } = readMark(ctx, value);
        await reply(await page(ctx, person, scope, { after: place }));
      },
    },
  ],
};

/** A PBX, and the name of a setting, an object or a resource; null for all. */
interface Scope {
  readonly pbx: Pbx;
  readonly name: string | null;
}

async function page(
  ctx: Ctx,
  person: Person,
  scope: Scope,
  from: { readonly before?: Place; readonly after?: Place } = {},
): Promise<Message> {
  const { pbx, name } = scope;
  const keys = name === null ? [] : settingsNamed([name]).map(({ key }) => key);
  const found = await settingHistory(ctx.db, { pbx, keys, limit: PAGE, ...from });
  const [first, last] = [found.entries.at(0), found.entries.at(-1)];
  const of = escape(pbx.name);
  return historyMessage(found, {
    of: name === null ? of : `${code(name)} on ${of}`,
    key: keys.length === 1 ? (keys[0] ?? null) : null,
    nameOf: pbxNames(ctx),
    mayPropose: mayPropose(person.actor, person.roles, ctx.roles.requesters),
    older: found.hasOlder && last !== undefined ? markOf(scope, last) : null,
    newer: found.hasNewer && first !== undefined ? markOf(scope, first) : null,
  });
}

/** A button's value has at most 64 characters, so that PBX and setting stand in it as short hashes. */
function markOf({ pbx, name }: Scope, { at, id }: Place): string {
  const ms = Date.parse(at).toString(36);
  return [hashOf(pbx.id), name === null ? EVERYTHING : hashOf(name.toLowerCase()), ms, id].join('.');
}

function readMark(ctx: Ctx, value: string): { readonly scope: Scope; readonly place: Place } {
  const [pbxHash, nameHash, ms = '', id = ''] = value.split('.');
  const pbx = ctx.pbxs.find((one) => hashOf(one.id) === pbxHash);
  const name =
    nameHash === EVERYTHING ? null : allNames().find((one) => hashOf(one.toLowerCase()) === nameHash);
  if (pbx === undefined || name === undefined) {
    throw new UserError('not-found', 'What this list was about is no longer there.', {
      mend: `Ask anew with ${USAGE}.`,
    });
  }
  return { scope: { pbx, name }, place: { at: new Date(Number.parseInt(ms, 36)).toISOString(), id } };
}

function allNames(): readonly string[] {
  return resources.flatMap((resource) => [
    resource.name,
    ...resource.objects.map(({ key }) => key),
    ...resource.settings.map(({ key }) => key),
  ]);
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, MARK);
}

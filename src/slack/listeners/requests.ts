import { type ListName, listNames, listPage, type ListQuery } from '../../changes/lists.js';
import { openStates } from '../../changes/transitions.js';
import { listRequests } from '../../changes/queries.js';
import type { Ctx } from '../../ctx.js';
import { UserError } from '../../errors.js';
import { nearest } from '../../settings/suggest.js';
import { type ListFacts, listMessage, summaryMessage } from '../blocks/request-list.js';
import type { Message } from '../blocks/kit.js';
import type { Conversation } from '../conversation.js';
import type { Person } from '../people.js';
import { pbxNames } from './scope.js';

const USAGE = '/pbx requests [mine | asked | decided | reviews | open]';
const PAGE = 10;
const EXCERPT = 5;

/** Lists of requests: what waits for a person, what they asked, what was decided, what is to be reviewed. */
export const requests: Conversation = {
  commands: [
    {
      command: '/pbx',
      verb: 'requests',
      usage: USAGE,
      help: 'Lists what waits for you, what you asked and what is to be reviewed, or one list by itself.',
      most: 1,
      run: async ({ ctx, words, person, reply }) => {
        const [word] = words.args;
        await reply(
          word === undefined ? await summary(ctx, person) : await list(ctx, person, listNamed(word)),
        );
      },
    },
  ],
  actions: [
    { id: 'requests.summary', run: async ({ ctx, person, reply }) => reply(await summary(ctx, person)) },
    {
      id: 'requests.list',
      run: async ({ ctx, person, value, reply }) => reply(await list(ctx, person, listNamed(value))),
    },
    ...listNames.map((name) => ({
      id: `requests.list.${name}`,
      run: async ({ ctx, person, reply }: Turning) => reply(await list(ctx, person, name)),
    })),
    {
      id: 'requests.older',
      run: async ({ ctx, person, value, reply }) => {
        const { name, number } = placeOf(value);
        await reply(await list(ctx, person, name, { before: number }));
      },
    },
    {
      id: 'requests.newer',
      run: async ({ ctx, person, value, reply }) => {
        const { name, number } = placeOf(value);
        await reply(await list(ctx, person, name, { after: number }));
      },
    },
  ],
};

interface Turning {
  readonly ctx: Ctx;
  readonly person: Person;
  readonly reply: (message: Message) => Promise<void>;
}

async function list(
  ctx: Ctx,
  person: Person,
  name: ListName,
  from: Pick<ListQuery, 'before' | 'after'> = {},
): Promise<Message> {
  const page = await listPage(ctx, { name, person, limit: PAGE, ...from });
  return listMessage(name, page, factsFor(ctx));
}

async function summary(ctx: Ctx, person: Person): Promise<Message> {
  const mine = await listPage(ctx, { name: 'mine', person, limit: EXCERPT });
  const reviews = await listPage(ctx, { name: 'reviews', person, limit: EXCERPT });
  const asked = await listRequests(ctx.db, {
    requestedBy: person.actor,
    states: openStates,
    limit: EXCERPT + 1,
  });
  const shown = asked.slice(0, EXCERPT);
  const older = asked.length > EXCERPT ? (shown.at(-1)?.number ?? null) : null;
  return summaryMessage(
    [
      { name: 'mine', page: mine },
      {
        name: 'asked',
        title: 'You asked, and it is open',
        empty: 'Nothing that you asked for is open.',
        page: { requests: shown, older, newer: null },
      },
      { name: 'reviews', page: reviews },
    ],
    factsFor(ctx),
  );
}

function factsFor(ctx: Ctx): ListFacts {
  return { nameOf: pbxNames(ctx), now: ctx.now() };
}

function listNamed(word: string): ListName {
  const found = listNames.find((name) => name === word.toLowerCase());
  if (found !== undefined) return found;
  const [guess] = nearest(word, listNames);
  const mend = guess === undefined ? `Usage: ${USAGE}` : `Did you mean ${guess}? Usage: ${USAGE}`;
  throw new UserError('not-found', `There is no list “${word}”.`, { field: 'list', mend });
}

function placeOf(value: string): { readonly name: ListName; readonly number: number } {
  const [name = '', number = ''] = value.split('.');
  return { name: listNamed(name), number: Number(number) };
}

import { type ListName, listNames, type ListPage } from '../../changes/lists.js';
import type { ChangeRequest } from '../../changes/request.js';
import { requestLine, targetName } from './change-words.js';
import { actions, type Block, button, context, type Message, sections } from './kit.js';
import { spoken } from './text.js';

/** What a line needs to know beside its request. */
export interface ListFacts {
  readonly nameOf: (pbxId: string) => string;
  readonly now: Date;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

const TITLES: Readonly<Record<ListName, string>> = {
  mine: 'Waits for you',
  asked: 'You asked',
  decided: 'Decided lately',
  reviews: 'Open reviews',
  open: 'Open requests',
};

const EMPTY: Readonly<Record<ListName, string>> = {
  mine: 'No request waits for you.',
  asked: 'You have not asked for anything.',
  decided: 'Nothing was decided yet.',
  reviews: 'No change that was applied without approval waits for its review.',
  open: 'No request is open.',
};

/** One page of a list, with buttons to its neighbours and to the other lists. */
export function listMessage(name: ListName, page: ListPage, facts: ListFacts): Message {
  const title = `*${TITLES[name]}*${page.newer === null ? '' : ', continued'}`;
  const isWhole = page.older === null && page.newer === null;
  const lines = linesFor(page.requests, isWhole ? EMPTY[name] : 'None on this page.', facts);
  const turning = [
    ...(page.newer === null ? [] : [button('requests.newer', 'Newer', `${name}.${page.newer}`)]),
    ...(page.older === null ? [] : [button('requests.older', 'Older', `${name}.${page.older}`)]),
  ];
  return {
    text: spoken([title, ...lines]),
    blocks: [
      ...sections([title, ...lines]),
      ...(turning.length === 0 ? [] : [actions(...turning)]),
      otherLists(name),
    ],
  };
}

/** Part of a list, as it stands among others. */
export interface Excerpt {
  readonly name: ListName;
  readonly title?: string;
  readonly empty?: string;
  readonly page: ListPage;
}

/** The beginnings of several lists in one answer. */
export function summaryMessage(excerpts: readonly Excerpt[], facts: ListFacts): Message {
  const parts = excerpts.map(({ name, title = TITLES[name], empty = EMPTY[name], page }) => [
    `*${title}*`,
    ...linesFor(page.requests, empty, facts),
    ...(page.older === null ? [] : [`There are more: press “${TITLES[name]}”.`]),
  ]);
  return {
    text: spoken(parts.flat()),
    blocks: [
      ...parts.flatMap((lines) => sections(lines)),
      otherLists(null),
      context('`/pbx requests mine`, `asked`, `decided`, `reviews` and `open` show one list by itself.'),
    ],
  };
}

/** The buttons that open the lists, but for the one that is shown. */
function otherLists(shown: ListName | null): Block {
  const others = listNames.filter((name) => name !== shown);
  return actions(...others.map((name) => button(`requests.list.${name}`, TITLES[name], name)));
}

/** How long ago something was, roughly. */
function age(at: string, now: Date): string {
  const ms = Math.max(0, now.getTime() - Date.parse(at));
  if (ms < MINUTE_MS) return 'just now';
  if (ms < HOUR_MS) return `${Math.floor(ms / MINUTE_MS)} min ago`;
  if (ms < 2 * DAY_MS) return `${Math.floor(ms / HOUR_MS)} h ago`;
  return `${Math.floor(ms / DAY_MS)} days ago`;
}

function linesFor(
  requests: readonly ChangeRequest[],
  empty: string,
  { nameOf, now }: ListFacts,
): readonly string[] {
  if (requests.length === 0) return [empty];
  return requests.map((request) => {
    const line = requestLine(request, targetName(request.target, nameOf));
    return `• ${line} (${age(request.createdAt, now)})`;
  });
}

import type { Seen } from '../changes/decide.js';
import { getRequestByNumber } from '../changes/queries.js';
import type { ChangeRequest } from '../changes/request.js';
import type { Ctx } from '../ctx.js';
import { UserError } from '../errors.js';

/** What a button of a card stands for: the request and the round that was shown, which is the first where none is named. */
export function seenOf(value: string): Seen {
  const [requestId = '', round = '1'] = value.split('.');
  return { requestId, round: Number(round) };
}

/** The value that `seenOf` reads. */
export function seenValue({ id, round }: Pick<ChangeRequest, 'id' | 'round'>): string {
  return `${id}.${round}`;
}

/** The request a person names in a command, as `12` or `#12`. Throws `UserError` where there is none. */
export async function requestNamed(
  { db }: Pick<Ctx, 'db'>,
  word: string | undefined,
  usage: string,
): Promise<ChangeRequest> {
  const number = /^#?(\d{1,9})$/.exec(word ?? '')?.[1];
  if (number !== undefined) return getRequestByNumber(db, Number(number));
  const message = word === undefined ? 'Say which request you mean.' : `“${word}” is no request’s number.`;
  throw new UserError('invalid', message, { field: 'request', mend: `Usage: ${usage}` });
}

import { type Fields, stringOf } from '../json.js';
import { Refusal } from '../refusal.js';

export interface Page<T> {
  readonly items: readonly T[];
  readonly hasMore: boolean;
  readonly metadata: { readonly next_cursor: string };
}

/** One page of a list by Slack's `limit` and `cursor`; throws `invalid_cursor`. */
export function page<T>(items: readonly T[], args: Fields, defaultLimit: number): Page<T> {
  const limit = Math.min(Math.max(Number(args['limit'] ?? defaultLimit) || defaultLimit, 1), 1000);
  const start = startOf(stringOf(args['cursor']) ?? '');
  const end = start + limit;
  const hasMore = end < items.length;
  const cursor = hasMore ? Buffer.from(`next:${end}`).toString('base64') : '';
  return { items: items.slice(start, end), hasMore, metadata: { next_cursor: cursor } };
}

function startOf(cursor: string): number {
  if (cursor === '') return 0;
  const match = /^next:(\d+)$/.exec(Buffer.from(cursor, 'base64').toString());
  if (match === null) throw new Refusal('invalid_cursor');
  return Number(match[1]);
}

/** Where something stands in a history: when it happened, and its id for those of the same time. */
export interface Place {
  readonly at: string;
  readonly id: string;
}

/** A stretch of a history: at most `limit` entries from a place on, which is not part of it, to the older or the newer. */
export interface Span {
  readonly from: Place | null;
  readonly isOlder: boolean;
  readonly limit: number;
}

/** Some entries, newest first, and whether there are others beyond them. */
export interface Page<T> {
  readonly entries: readonly T[];
  readonly hasOlder: boolean;
  readonly hasNewer: boolean;
}

/**
 * One page of several histories together. Each is given from the span's place on, in its direction, with at least one
 * entry more than the limit where it has as many.
 */
export function mergePage<T extends Place>(histories: readonly (readonly T[])[], span: Span): Page<T> {
  const ordered = histories.flat().toSorted(span.isOlder ? newerFirst : olderFirst);
  const shown = ordered.slice(0, span.limit);
  const hasMore = ordered.length > shown.length;
  return span.isOlder
    ? { entries: shown, hasOlder: hasMore, hasNewer: span.from !== null }
    : { entries: shown.toReversed(), hasOlder: true, hasNewer: hasMore };
}

/** Whether a place comes after another one in the direction of a span. */
export function isBeyond(place: Place, other: Place, { isOlder }: Pick<Span, 'isOlder'>): boolean {
  return (isOlder ? newerFirst : olderFirst)(place, other) > 0;
}

function newerFirst(left: Place, right: Place): number {
  return compare(right.at, left.at) || compare(right.id, left.id);
}

function olderFirst(left: Place, right: Place): number {
  return newerFirst(right, left);
}

function compare(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

import { listRequests } from '../changes/queries.js';
import type { ChangeRequest } from '../changes/request.js';
import type { Db } from '../storage/database.js';
import { actorWords } from './command.js';

const LIMIT = 100;

/** The requests that were applied without approval and that nobody has reviewed since, newest first. */
export function openReviews(db: Db): Promise<readonly ChangeRequest[]> {
  return listRequests(db, { isReviewOpen: true, limit: LIMIT });
}

/** A line for each open review, which belongs under every report until another person closes it. */
export function reviewLines(requests: readonly ChangeRequest[]): readonly string[] {
  return requests.flatMap(({ number, breakGlass }) =>
    breakGlass === null ? [] : [`Break-glass: #${number} by ${actorWords(breakGlass.by)}, review open`],
  );
}

/** The open reviews for programs. */
export function reviewsJson(requests: readonly ChangeRequest[]): readonly unknown[] {
  return requests.map(({ number, breakGlass }) => ({ request: number, ...breakGlass }));
}

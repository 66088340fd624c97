import { getRequest } from '../changes/queries.js';
import type { ChangeRequest } from '../changes/request.js';
import type { Actor, Ctx } from '../ctx.js';
import { UserError } from '../errors.js';

/**
 * Does what a form asks for. Where that is refused because the very same was done already, as by a form that Slack
 * delivers twice, it returns the request as it is: the person is not told of a conflict with themselves.
 */
export async function once(
  { db }: Pick<Ctx, 'db'>,
  requestId: string,
  act: () => Promise<ChangeRequest>,
  isDone: (request: ChangeRequest) => boolean,
): Promise<ChangeRequest> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof UserError) || error.code !== 'conflict') throw error;
    const request = await getRequest(db, requestId);
    if (isDone(request)) return request;
    throw error;
  }
}

/** Whether two actors are one. */
export function isSameActor(one: Actor, other: Actor): boolean {
  return one.kind === other.kind && one.id === other.id;
}

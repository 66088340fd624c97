import type { Ctx } from '../ctx.js';

/**
 * Those of some people, by Slack user id, who are neither deactivated nor bots; no more than `enough` of them are looked
 * for. Throws `UserError` where somebody cannot be looked up.
 */
export async function activePeople(
  { directory }: Pick<Ctx, 'directory'>,
  ids: readonly string[],
  enough: number,
): Promise<readonly string[]> {
  const active: string[] = [];
  for (const id of new Set(ids)) {
    if (active.length >= enough) break;
    const { isActive } = await directory.standing(id);
    if (isActive) active.push(id);
  }
  return active;
}

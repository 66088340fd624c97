import type { webApi } from '@slack/bolt';
import type { Actor, Role, Roles } from '../ctx.js';
import { UserError } from '../errors.js';

/** Someone who typed or clicked, and what they may do. */
export interface Person {
  readonly actor: Actor;
  readonly roles: ReadonlySet<Role>;
}

export interface People {
  /** Who a Slack user id is. `isFresh` asks Slack again instead of using what was known within the last minute. */
  look(userId: string, isFresh?: boolean): Promise<Person>;
}

const KEEP_MS = 60_000;

/** Looks people up on Slack's server: roles come from user ids and user groups, never from names or channels. */
export function createPeople(client: webApi.WebClient, roles: Roles, now: () => Date): People {
  const keep = createKeeper(now);
  const groupMembers = (group: string, isFresh: boolean): Promise<readonly string[]> =>
    keep(`group:${group}`, isFresh, async () => {
      const answer = await client.usergroups.users.list({ usergroup: group });
      return answer.users ?? [];
    });
  const isActive = (userId: string, isFresh: boolean): Promise<boolean> =>
    keep(`user:${userId}`, isFresh, async () => {
      const { user } = await client.users.info({ user: userId });
      return user?.deleted !== true && user?.is_bot !== true;
    });
  const holds = async (userId: string, ids: readonly string[], isFresh: boolean): Promise<boolean> => {
    if (ids.includes(userId)) return true;
    for (const group of ids.filter((id) => id.startsWith('S'))) {
      if ((await groupMembers(group, isFresh)).includes(userId)) return true;
    }
    return false;
  };
  return {
    async look(userId, isFresh = false) {
      const actor: Actor = { kind: 'slack', id: userId };
      try {
        const held = new Set<Role>();
        if (!(await isActive(userId, isFresh))) return { actor, roles: held };
        if (await holds(userId, roles.admins, isFresh)) held.add('admin');
        if (await holds(userId, roles.approvers, isFresh)) held.add('approver');
        if (await holds(userId, roles.requesters, isFresh)) held.add('requester');
        return { actor, roles: held };
      } catch (error) {
        throw new UserError('conflict', `Slack could not say who you are: ${String(error)}`, {
          mend: 'Try again.',
        });
      }
    },
  };
}

function createKeeper(
  now: () => Date,
): <T>(key: string, isFresh: boolean, ask: () => Promise<T>) => Promise<T> {
  const kept = new Map<string, { readonly at: number; readonly value: unknown }>();
  return async <T>(key: string, isFresh: boolean, ask: () => Promise<T>): Promise<T> => {
    const known = kept.get(key);
    if (!isFresh && known !== undefined && now().getTime() - known.at < KEEP_MS) return known.value as T;
    const value = await ask();
    kept.set(key, { at: now().getTime(), value });
    return value;
  };
}

import type { webApi } from '@slack/bolt';
import type { Actor, Role, Roles } from '../ctx.js';
import { UserError } from '../errors.js';
import { slackErrorCode } from './slack-error.js';

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
  const groups = [...new Set(Object.values(roles).flat())].filter((id) => id.startsWith('S'));
  const isActive = (userId: string, isFresh: boolean): Promise<boolean> =>
    keep(`user:${userId}`, isFresh, async () => {
      const { user } = await client.users.info({ user: userId });
      return user?.deleted !== true && user?.is_bot !== true;
    });
  const isMember = (userId: string, group: string, isFresh: boolean): Promise<boolean> =>
    keep(`group:${group}`, isFresh, async () => {
      const { users } = await client.usergroups.users.list({ usergroup: group });
      return users ?? [];
    }).then((users) => users.includes(userId));
  const idsOf = async (userId: string, isFresh: boolean): Promise<ReadonlySet<string>> => {
    const [active, ...memberships] = await Promise.all([
      isActive(userId, isFresh),
      ...groups.map((group) => isMember(userId, group, isFresh)),
    ]);
    return new Set(active ? [userId, ...groups.filter((_, index) => memberships[index] === true)] : []);
  };
  return {
    async look(userId, isFresh = false) {
      const ids = await idsOf(userId, isFresh).catch((error: unknown) => {
        throw unknownPerson(error);
      });
      const holds = (role: readonly string[]): boolean => role.some((id) => ids.has(id));
      const held = new Set<Role>();
      if (holds(roles.admins)) held.add('admin');
      if (holds(roles.approvers)) held.add('approver');
      if (holds(roles.requesters)) held.add('requester');
      return { actor: { kind: 'slack', id: userId }, roles: held };
    },
  };
}

function unknownPerson(error: unknown): UserError {
  const because = slackErrorCode(error) ?? 'no answer';
  const mend = because === 'no_such_subteam' ? 'A configured user group does not exist.' : 'Try again.';
  return new UserError('conflict', `Slack could not say what you may do (${because}); nothing was done.`, {
    mend,
  });
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

import type { webApi } from '@slack/bolt';
import type { Actor, Ctx, Directory, Role, Roles, Standing } from '../ctx.js';
import { UserError } from '../errors.js';
import { slackErrorCode } from './slack-error.js';

/** Someone who typed or clicked, and what they may do. */
export interface Person {
  readonly actor: Actor;
  readonly roles: ReadonlySet<Role>;
  readonly standing: Standing;
}

export interface People extends Directory {
  /** Who a Slack user id is. `isFresh` asks Slack again instead of using what was known within the last minute. */
  look(userId: string, isFresh?: boolean): Promise<Person>;
  /** As `look`, with what was known within the last ten minutes: enough to show buttons, not to act on a click. */
  glance(userId: string): Promise<Person>;
  /** Drops what is known of a user, or of the members of all user groups where none is named. */
  forget(userId?: string): void;
}

const KEEP_MS = 60_000;
const GLANCE_MS = 600_000;

/**
 * Looks people up on Slack's server: roles come from user ids and user groups, never from names or channels. Groups that
 * were configured before a reload still count for the requests whose rules name them.
 */
export function createPeople(
  client: webApi.WebClient,
  ctx: Pick<Ctx, 'roles' | 'approvalRules' | 'now'>,
): People {
  const keeper = createKeeper(ctx.now);
  const everConfigured = new Set<string>();
  const isActive = (userId: string, maxAgeMs: number): Promise<boolean> =>
    keeper.keep(`user:${userId}`, maxAgeMs, async () => {
      const { user } = await client.users.info({ user: userId }).catch(nobody);
      return user !== undefined && user.deleted !== true && user.is_bot !== true;
    });
  const members = (group: string, maxAgeMs: number): Promise<readonly string[]> =>
    keeper.keep(`group:${group}`, maxAgeMs, async () => {
      const { users } = await client.usergroups.users.list({ usergroup: group });
      return users ?? [];
    });
  const standing = async (userId: string, maxAgeMs: number): Promise<Standing> => {
    const configured = groupsOf(ctx);
    for (const group of configured) everConfigured.add(group);
    const groups = [...everConfigured];
    const [active, ...lists] = await Promise.all([
      isActive(userId, maxAgeMs),
      ...groups.map((group) =>
        configured.includes(group)
          ? members(group, maxAgeMs)
          : members(group, maxAgeMs).catch(nobodyOrUnknown),
      ),
    ]).catch((error: unknown) => {
      throw unknownPerson(error);
    });
    const held = groups.filter((_, index) => lists[index]?.includes(userId) === true);
    return { isActive: active, ids: new Set(active ? [userId, ...held] : []) };
  };
  const personOf = async (userId: string, maxAgeMs: number): Promise<Person> => {
    const known = await standing(userId, maxAgeMs);
    return { actor: { kind: 'slack', id: userId }, roles: rolesOf(known, ctx.roles), standing: known };
  };
  return {
    standing: (userId, isFresh = false) => standing(userId, ageFor(isFresh)),
    members: (group, isFresh = false) => members(group, ageFor(isFresh)).catch(nobodyOrUnknown),
    look: (userId, isFresh = false) => personOf(userId, ageFor(isFresh)),
    glance: (userId) => personOf(userId, GLANCE_MS),
    forget: (userId) => keeper.forget(userId === undefined ? 'group:' : `user:${userId}`),
  };
}

function groupsOf({ roles, approvalRules }: Pick<Ctx, 'roles' | 'approvalRules'>): readonly string[] {
  const ids: readonly string[] = [...Object.values(roles), ...approvalRules.map(({ from }) => from)].flat();
  return [...new Set(ids)].filter((id) => /^S[A-Z0-9]/.test(id));
}

function rolesOf({ ids }: Standing, roles: Roles): ReadonlySet<Role> {
  const holds = (role: readonly string[]): boolean => role.some((id) => ids.has(id));
  const held = new Set<Role>();
  if (holds(roles.admins)) held.add('admin');
  if (holds(roles.approvers)) held.add('approver');
  if (holds(roles.requesters)) held.add('requester');
  if (holds(roles.breakGlass)) held.add('break-glass');
  return held;
}

function ageFor(isFresh: boolean): number {
  return isFresh ? 0 : KEEP_MS;
}

function nobody(error: unknown): { readonly user?: undefined } {
  if (slackErrorCode(error) === 'user_not_found') return {};
  throw error;
}

/** A group that does not exist, or is disabled, has no members; anything else that goes wrong says nothing about it. */
function nobodyOrUnknown(error: unknown): readonly string[] {
  if (slackErrorCode(error) === 'no_such_subteam') return [];
  throw unknownPerson(error);
}

function unknownPerson(error: unknown): UserError {
  const because = slackErrorCode(error) ?? 'no answer';
  const mend = because === 'no_such_subteam' ? 'A configured user group does not exist.' : 'Try again.';
  return new UserError('conflict', `Slack could not say what you may do (${because}); nothing was done.`, {
    mend,
  });
}

interface Keeper {
  /** What is known under a key, if it is younger than `maxAgeMs`; otherwise asks. */
  keep<T>(key: string, maxAgeMs: number, ask: () => Promise<T>): Promise<T>;
  /** Drops what is known under keys that begin so. What is being asked at that moment is not kept either. */
  forget(prefix: string): void;
}

function createKeeper(now: () => Date): Keeper {
  const kept = new Map<string, { readonly at: number; readonly value: unknown }>();
  let forgotten = 0;
  return {
    async keep<T>(key: string, maxAgeMs: number, ask: () => Promise<T>): Promise<T> {
      const known = kept.get(key);
      if (known !== undefined && now().getTime() - known.at < maxAgeMs) return known.value as T;
      const before = forgotten;
      const value = await ask();
      if (before === forgotten) kept.set(key, { at: now().getTime(), value });
      return value;
    },
    forget(prefix) {
      forgotten += 1;
      for (const key of kept.keys()) if (key.startsWith(prefix)) kept.delete(key);
    },
  };
}

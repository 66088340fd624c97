import { type Fields, stringOf } from '../json.js';
import { Refusal } from '../refusal.js';
import type { Workspace } from '../state.js';
import type { PersonSeed, UserGroupSeed } from '../types.js';
import type { MethodTable } from './handler.js';
import { page } from './page.js';

/** People and user groups. */
export const userMethods: MethodTable = {
  'users.info': usersInfo,
  'users.list': usersList,
  'usergroups.list': usergroupsList,
  'usergroups.users.list': usergroupsUsersList,
};

/** A person as the Web API describes one. */
export function userPayload(workspace: Workspace, person: PersonSeed): Fields {
  const realName = person.realName ?? person.name;
  return {
    id: person.id,
    team_id: workspace.identity.teamId,
    name: person.name,
    deleted: person.deleted ?? false,
    real_name: realName,
    tz: person.tz ?? 'Etc/UTC',
    tz_label: person.tz ?? 'Coordinated Universal Time',
    tz_offset: offsetSeconds(person.tz ?? 'Etc/UTC'),
    profile: { real_name: realName, display_name: person.name, real_name_normalized: realName },
    is_bot: person.isBot ?? false,
    is_app_user: false,
    is_admin: false,
    is_owner: false,
    is_restricted: false,
    is_ultra_restricted: false,
    updated: 0,
  };
}

function offsetSeconds(zone: string): number {
  const now = new Date();
  const there = new Date(now.toLocaleString('en-US', { timeZone: zone }));
  const utc = new Date(now.toLocaleString('en-US', { timeZone: 'UTC' }));
  return Math.round((there.getTime() - utc.getTime()) / 1000);
}

function everyone(workspace: Workspace): readonly PersonSeed[] {
  const { botUserId, botName } = workspace.identity;
  return [...workspace.people.values(), { id: botUserId, name: botName, isBot: true }];
}

function usersInfo(workspace: Workspace, args: Fields): Fields {
  const person = everyone(workspace).find((one) => one.id === args['user']);
  if (person === undefined) throw new Refusal('user_not_found');
  return { user: userPayload(workspace, person) };
}

function usersList(workspace: Workspace, args: Fields): Fields {
  const { items, metadata } = page(everyone(workspace), args, 1000);
  return { members: items.map((one) => userPayload(workspace, one)), response_metadata: metadata };
}

function usergroupsList(workspace: Workspace, args: Fields): Fields {
  const withUsers = String(args['include_users']) === 'true';
  const groups = [...workspace.userGroups.values()];
  return { usergroups: groups.map((group) => groupPayload(workspace, group, withUsers)) };
}

/** A user group as the Web API describes one. */
export function groupPayload(workspace: Workspace, group: UserGroupSeed, withUsers: boolean): Fields {
  return {
    id: group.id,
    team_id: workspace.identity.teamId,
    is_usergroup: true,
    name: group.name ?? group.handle,
    handle: group.handle,
    description: '',
    date_delete: 0,
    user_count: group.members.length,
    ...(withUsers ? { users: group.members } : {}),
  };
}

function usergroupsUsersList(workspace: Workspace, args: Fields): Fields {
  const group = workspace.userGroups.get(stringOf(args['usergroup']) ?? '');
  if (group === undefined) throw new Refusal('no_such_subteam');
  return { users: group.members };
}

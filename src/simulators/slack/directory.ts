import type { EventQueue } from './events.js';
import { eventPayload } from './interactions.js';
import { groupPayload, userPayload } from './methods/users.js';
import { type Workspace, announce } from './state.js';
import type { PersonSeed } from './types.js';

/**
 * Changes who is in a user group, or makes a new one. Slack docs: a change of members is told twice, as
 * `subteam_members_changed` with who came and went, and as `subteam_updated` with the whole group.
 */
export function setUserGroup(
  workspace: Workspace,
  events: EventQueue,
  id: string,
  members: readonly string[],
): void {
  const group = workspace.userGroups.get(id) ?? { id, handle: id.toLowerCase(), members: [] };
  const changed = { ...group, members };
  const added = members.filter((member) => !group.members.includes(member));
  const removed = group.members.filter((member) => !members.includes(member));
  workspace.userGroups.set(id, changed);
  announce(workspace, { type: 'directory' });
  const now = Math.floor(Date.now() / 1000);
  const membersChanged = eventPayload(workspace, {
    type: 'subteam_members_changed',
    subteam_id: id,
    team_id: workspace.identity.teamId,
    date_previous_update: now,
    date_update: now,
    added_users: added,
    added_users_count: String(added.length),
    removed_users: removed,
    removed_users_count: String(removed.length),
  });
  const subteam = groupPayload(workspace, changed, true);
  void events.deliver(membersChanged);
  void events.deliver(eventPayload(workspace, { type: 'subteam_updated', subteam }));
}

/** Changes a person's account. Slack docs: `user_change` comes with every change of a member's data, deactivation included. */
export function setPerson(
  workspace: Workspace,
  events: EventQueue,
  id: string,
  patch: Partial<Omit<PersonSeed, 'id'>>,
): void {
  const person = { ...(workspace.people.get(id) ?? { id, name: id }), ...patch };
  workspace.people.set(id, person);
  announce(workspace, { type: 'directory' });
  const user = userPayload(workspace, person);
  void events.deliver(eventPayload(workspace, { type: 'user_change', user, cache_ts: 0 }));
}

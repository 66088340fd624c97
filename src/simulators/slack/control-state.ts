import type { Fields } from './json.js';
import type { Workspace } from './state.js';
import { readableValues } from './values.js';
import { homeOf, stackOf } from './views.js';

/** How many calls and deliveries the readable state shows. */
const RECENT = 200;

/** The whole workspace as JSON, without the bytes of files. */
export function readableState(workspace: Workspace): Fields {
  const { identity } = workspace;
  return {
    team: { id: identity.teamId, name: identity.teamName, botUserId: identity.botUserId },
    people: [...workspace.people.values()].map((person) => ({
      ...person,
      modals: stackOf(workspace, person.id).map((view) => ({
        ...view,
        readable: readableValues(view.state.values),
      })),
      home: homeOf(workspace, person.id) ?? null,
    })),
    channels: [...workspace.channels.values()],
    userGroups: [...workspace.userGroups.values()],
    messages: [...workspace.messages.values()].filter((message) => message.deleted !== true),
    files: [...workspace.files.values()].map(({ bytes, ...file }) => ({ ...file, size: bytes.length })),
    calls: workspace.calls.slice(-RECENT),
    deliveries: workspace.deliveries.slice(-RECENT).map(({ payload: _payload, ...delivery }) => delivery),
  };
}

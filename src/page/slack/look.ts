import { createContext } from 'react';
import type { Theme } from '../frame/theme.js';
import type { SlackState } from '../frame/world.js';

type Named = readonly { readonly id: string; readonly name: string }[];

/** What blocks are drawn with: the theme, and the names that mentions stand for. */
export interface Look {
  readonly theme: Theme;
  readonly users: Named;
  readonly channels: Named;
  readonly groups: Named;
}

/** The look of a workspace. */
export function lookOf({ team, people, channels, userGroups }: SlackState, theme: Theme): Look {
  return {
    theme,
    users: [...people, { id: team.botUserId, name: 'plumbline' }],
    channels,
    groups: userGroups.map(({ id, handle }) => ({ id, name: handle })),
  };
}

export const LookContext = createContext<Look>({ theme: 'light', users: [], channels: [], groups: [] });

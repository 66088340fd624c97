import type { SlackState } from '../frame/world.js';
import { hueOf, nameOf } from './names.js';

/** The square by which people are told apart. */
export function Avatar({ slack, id }: { readonly slack: SlackState; readonly id: string }) {
  if (id === slack.team.botUserId) return <img className="avatar" src="./icon.svg" alt="" />;
  return (
    <span className="avatar" aria-hidden="true" style={{ background: `hsl(${hueOf({ id })} 45% 36%)` }}>
      {nameOf(slack, id).slice(0, 1)}
    </span>
  );
}

import type { Actor } from '../../ctx.js';
import { code } from './text.js';

const MOST_MENTIONS = 10;

/** An actor as Slack shows it: a mention, or the operating-system user of a terminal. */
export function who(actor: Actor): string {
  if (actor.kind === 'slack') return `<@${actor.id}>`;
  return actor.kind === 'operator' ? `${code(actor.id)} (terminal)` : 'Plumbline';
}

/** Slack user and user group ids as mentions, at most ten of them. */
export function mentions(ids: readonly string[]): string {
  const shown = ids
    .slice(0, MOST_MENTIONS)
    .map((id) => (id.startsWith('S') ? `<!subteam^${id}>` : `<@${id}>`));
  const more = ids.length > shown.length ? ` and ${ids.length - shown.length} more` : '';
  return `${shown.join(', ')}${more}`;
}

/** A time as every reader sees it in their own zone. */
export function time(iso: string): string {
  const seconds = Math.floor(Date.parse(iso) / 1000);
  return `<!date^${seconds}^{date_short_pretty} {time}|${iso.slice(0, 16).replace('T', ' ')} UTC>`;
}

/** Who answers for something: a mention where it is a Slack user id, else the name as it is. */
export function ownerName(id: string): string {
  return isUserId(id) ? `<@${id}>` : code(id);
}

/** Whether a text is a Slack user id. */
export function isUserId(text: string): boolean {
  return /^[UW][A-Z0-9]{2,}$/.test(text);
}

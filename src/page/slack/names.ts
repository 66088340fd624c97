import type { PersonState, SlackState } from '../frame/world.js';

/** What a person is called. */
export function nameOf(slack: SlackState, id: string): string {
  if (id === slack.team.botUserId) return 'Plumbline';
  const person = slack.people.find((one) => one.id === id);
  return person?.realName ?? person?.name ?? id;
}

/** A quiet colour of a person's own, for the square with their initial. */
export function hueOf({ id }: Pick<PersonState, 'id'>): number {
  return Array.from(id).reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 360, 7);
}

/** When a message was sent. */
export function dateOf(ts: string): Date {
  return new Date(Number(ts) * 1000);
}

/** The time of day in UTC, in which the whole playground counts. */
export function timeOf(ts: string): string {
  return dateOf(ts).toISOString().slice(11, 16);
}

/** The day in UTC, in words. */
export function dayOf(ts: string): string {
  const words = { weekday: 'long', day: 'numeric', month: 'long', timeZone: 'UTC' } as const;
  return dateOf(ts).toLocaleDateString('en-GB', words);
}

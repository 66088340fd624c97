import type { App } from '../app.js';
import type { SimulatedPbx } from '../simulators/pbx/server.js';
import type { Person, SimMessage } from '../simulators/slack/server.js';
import type { Clock } from './clock.js';
import type { Transcript } from './transcript.js';
import { APPROVALS, type World } from './world.js';

export const APPS = 'GeneralSettingsForApps';

/** Everything a chapter of the story plays with. */
export interface Stage {
  readonly world: World;
  readonly app: App;
  readonly clock: Clock;
  readonly pbx: SimulatedPbx;
  readonly transcript: Transcript;
}

/** Types a slash command in the approvals channel. */
export async function types(world: World, transcript: Transcript, id: string, line: string): Promise<void> {
  const person: Person = world.slack.person(id);
  transcript.does(`@${person.name}`, line);
  const { acked } = await person.command(APPROVALS, line);
  if (!acked) throw new Error(`Slack got no answer to ${line}`);
}

/** Presses a button of a message by its text. */
export async function press(
  world: World,
  transcript: Transcript,
  id: string,
  message: SimMessage,
  text: string,
): Promise<void> {
  const person = world.slack.person(id);
  transcript.does(`@${person.name}`, `presses ${text}`);
  await person.press(message, text);
}

/** Waits for a card in the approvals channel. */
export function card(world: World, containing: string): Promise<SimMessage> {
  return world.slack.until(`a card saying ${containing}`, () =>
    world.slack.messages(APPROVALS).find((message) => wholeText(message).includes(containing)),
  );
}

/** Waits for what one person alone is shown. */
export function ephemeral(world: World, id: string, containing: string): Promise<SimMessage> {
  return world.slack.until(`an answer saying ${containing}`, () =>
    world.slack.ephemerals(id).find((message) => wholeText(message).includes(containing)),
  );
}

/** All that a message says, as one text to search in. */
export function wholeText(message: SimMessage): string {
  return `${message.text}\n${JSON.stringify(message.blocks)}`;
}

/** Notes what is true, and ends the story where it is not. */
export function check(holds: boolean, what: string, transcript: Transcript): void {
  if (!holds) throw new Error(`the story went wrong: not true that ${what}`);
  transcript.note(what);
}

/** Waits for a form of a kind, fills it in and sends it. */
export async function submits(
  { world, transcript }: Pick<Stage, 'world' | 'transcript'>,
  id: string,
  form: { readonly callbackId: string; readonly values: Readonly<Record<string, string>> },
): Promise<void> {
  const person = world.slack.person(id);
  const view = await world.slack.until(`the form ${form.callbackId}`, () => {
    const shown = person.modal();
    return shown?.callbackId === form.callbackId ? shown : undefined;
  });
  transcript.sees('a window', { text: view.title, blocks: view.blocks });
  const typed = Object.entries(form.values).map(([name, value]) => `${name} = ${value}`);
  transcript.does(`@${person.name}`, `fills it in: ${typed.join(', ')}`);
  person.fill(form.values);
  await person.submit();
}

/** Waits for a message in the thread of a card. */
export function inThread({ world }: Stage, message: SimMessage, containing: string): Promise<SimMessage> {
  return world.slack.until(`a reply saying ${containing}`, () =>
    world.slack.thread(APPROVALS, message.ts).find((reply) => wholeText(reply).includes(containing)),
  );
}

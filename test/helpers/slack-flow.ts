import { expect } from 'vitest';
import { BOLD } from './bold.js';
import type { App } from '../../src/app.js';
import { verifyAudit } from '../../src/audit/queries.js';
import {
  ANN,
  APPROVALS,
  BEN,
  CLEO,
  EVE,
  REPORTS,
  startWorld,
  type World,
  type WorldOptions,
} from '../../src/demo/world.js';
import type { SimulatedPbx } from '../../src/simulators/pbx/server.js';
import {
  type Person,
  type SimMessage,
  type SimView,
  simulatedMethods,
} from '../../src/simulators/slack/server.js';

export const APPS = 'GeneralSettingsForApps';
export const PBX = 'GeneralSettingsForPbx';

const PEOPLE = [ANN, BEN, CLEO, EVE];
/** What Plumbline itself may put into a button: an id, or a short word. */
const ID = /^[A-Za-z0-9][\w.-]{0,63}$/;
/** What would ring somebody's phone, or lead somewhere. */
const BROADCAST = /<!(?:channel|here|everyone)|<https?:|<mailto:/;

/** Both simulators with Plumbline between them, and the people who use it. */
export interface Flow {
  readonly world: World;
  readonly app: App;
  readonly hq: SimulatedPbx;
  readonly ann: Person;
  readonly ben: Person;
  readonly cleo: Person;
  readonly eve: Person;
  /** Types a command and returns the first answer to it that only this person sees. */
  ask(person: Person, line: string): Promise<SimMessage>;
  /** Presses a button and returns the first answer to it that only this person sees. */
  press(person: Person, message: SimMessage, action: string): Promise<SimMessage>;
  /** Waits for what a person alone is shown. */
  answer(person: Person, containing: string): Promise<SimMessage>;
  /** Waits for a message in the approvals channel. */
  card(containing: string): Promise<SimMessage>;
  direct(person: Person, containing: string): Promise<SimMessage>;
  /** Waits until a person sees a modal that says this. */
  modal(person: Person, containing: string, timeoutMs?: number): Promise<SimView>;
  /** Asks for a change in one line and returns its card. */
  request(line: string): Promise<SimMessage>;
  /** Captures settings of a PBX as the baseline, approved by Ben. */
  capture(words: string): Promise<void>;
}

/** Starts the workspace, the PBXs and Plumbline. */
export async function startFlow(options: WorldOptions = {}): Promise<Flow> {
  const world = await startWorld({ ...options, config: { guards: BOLD, ...options.config } });
  const app = await world.startApp();
  const { slack } = world;
  const person = (id: string): Person => slack.person(id);
  const flow: Flow = {
    world,
    app,
    hq: world.pbxs.pbx(world.pbxs.ids[0] ?? 'hq'),
    ann: person(ANN),
    ben: person(BEN),
    cleo: person(CLEO),
    eve: person(EVE),
    async ask(who, line) {
      const before = slack.ephemerals(who.id).length;
      expect(await who.command(APPROVALS, line)).toMatchObject({ acked: true });
      return slack.until(`an answer to ${line}`, () => slack.ephemerals(who.id)[before]);
    },
    async press(who, message, action) {
      const before = slack.ephemerals(who.id).length;
      expect(await who.press(message, action)).toMatchObject({ acked: true });
      return slack.until(`an answer to ${action}`, () => slack.ephemerals(who.id)[before]);
    },
    answer: (who, containing) =>
      slack.until(`an answer saying ${containing}`, () =>
        slack.ephemerals(who.id).findLast((message) => wordsOf(message).includes(containing)),
      ),
    card: (containing) =>
      slack.until(`a card saying ${containing}`, () =>
        slack.messages(APPROVALS).findLast((message) => wordsOf(message).includes(containing)),
      ),
    direct: (who, containing) =>
      slack.until(`a direct message saying ${containing}`, () =>
        slack.directMessages(who.id).find((message) => wordsOf(message).includes(containing)),
      ),
    modal: (who, containing, timeoutMs) =>
      slack.until(
        `a modal saying ${containing}`,
        () => {
          const view = who.modal();
          return view !== undefined && viewWords(view).includes(containing) ? view : undefined;
        },
        timeoutMs,
      ),
    async request(line) {
      const said = await flow.ask(flow.ann, line);
      const number = /#\d+/.exec(said.text)?.[0];
      if (number === undefined) throw new Error(`no request was made: ${said.text}`);
      return flow.card(`${number} · `);
    },
    async capture(words) {
      const pending = await flow.request(`/pbx-baseline capture ${words} --because the standard`);
      const number = /#\d+/.exec(wordsOf(pending))?.[0] ?? '';
      await flow.ben.press(pending, 'change.approve');
      await slack.until(`baseline request ${number} applied`, () =>
        slack
          .messages(APPROVALS)
          .some((message) => new RegExp(`${number} · .* · applied`).test(wordsOf(message))),
      );
    },
  };
  return flow;
}

/** Stops everything, after a look at all that was ever shown, the promises every message keeps, and at the audit log. */
export async function stopFlow(flow: Flow): Promise<void> {
  try {
    await flow.app.idle();
    checkShown(flow);
    expect((await verifyAudit(flow.app.ctx.db)).fault).toBeNull();
  } finally {
    await flow.world.stop();
  }
}

/** All that a person reads in a message: its blocks' texts, line by line. */
export function wordsOf({ blocks }: { readonly blocks: readonly object[] }): string {
  return textsIn(blocks).join('\n');
}

/** All that a person reads in a modal, labels, hints and errors included. */
export function viewWords(view: SimView): string {
  return [view.title, ...textsIn(view.blocks), ...Object.values(view.errors)].join('\n');
}

/** What stands in a form's input when it is opened. */
export function initialOf(view: SimView | undefined, blockId: string): unknown {
  const entry = Object.values(view?.state.values[blockId] ?? {})[0] ?? {};
  const option: unknown = entry['selected_option'];
  if (typeof option === 'object' && option !== null && 'value' in option) return option.value;
  return entry['value'] ?? entry['selected_date'] ?? entry['selected_user'] ?? null;
}

/** Every message that was ever posted or shown, with its earlier versions. */
export function allShown({ world: { slack } }: Flow): readonly Pick<SimMessage, 'text' | 'blocks'>[] {
  const inChannels = [APPROVALS, REPORTS].flatMap((channel) =>
    slack.messages(channel).flatMap((message) => [message, ...slack.thread(channel, message.ts)]),
  );
  const toPeople = PEOPLE.flatMap((id) => [...slack.ephemerals(id), ...slack.directMessages(id)]);
  return [...inChannels, ...toPeople].flatMap((message) => [...message.history, message]);
}

function checkShown(flow: Flow): void {
  const { slack } = flow.world;
  for (const { text, blocks } of allShown(flow)) {
    expect(text.trim()).not.toBe('');
    expect(text).not.toMatch(BROADCAST);
    for (const node of nodesIn(blocks)) checkNode(node);
  }
  for (const { method, error } of slack.calls) {
    expect(simulatedMethods).toContain(method);
    expect(error ?? '').not.toMatch(/^(invalid_|msg_|no_text|view_too|unknown_method|missing_)/);
  }
}

/** Only mrkdwn is read for marks, so outside text stands escaped in it; in rich text it is a plain element. */
function checkNode(node: Readonly<Record<string, unknown>>): void {
  if (node['type'] === 'mrkdwn') {
    expect(node['text']).not.toMatch(BROADCAST);
    expect(node['verbatim']).toBe(true);
  }
  expect(['broadcast', 'user', 'usergroup', 'channel', 'emoji', 'link']).not.toContain(node['type']);
  if ('value' in node) expect(node['value']).toMatch(ID);
}

function textsIn(node: unknown): readonly string[] {
  return nodesIn(node).flatMap(({ text }) => (typeof text === 'string' ? [text] : []));
}

function nodesIn(node: unknown): readonly Readonly<Record<string, unknown>>[] {
  if (Array.isArray(node)) return node.flatMap(nodesIn);
  if (typeof node !== 'object' || node === null) return [];
  return [{ ...node }, ...Object.values(node).flatMap(nodesIn)];
}

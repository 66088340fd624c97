import { publishBaseline } from '../../src/baseline/publish.js';
import type { Rule } from '../../src/baseline/rules.js';
import type { App } from '../../src/app.js';
import { REPORTS } from '../../src/demo/world.js';
import { startSweep } from '../../src/drift/sweep.js';
import type { SimMessage } from '../../src/simulators/slack/server.js';
import { type Flow, wordsOf } from './slack-flow.js';
import { OPERATOR } from './sweep-fleet.js';

/** A rule for chat on all PBXs that only reports, unless something else is said. */
export function chatRule(rule: Partial<Rule> = {}): Rule {
  return { key: 'EnableChat', value: true, mode: 'report', target: 'all', ...rule };
}

/** Puts rules in force without asking anybody. */
export async function govern(
  { ctx }: Pick<App, 'ctx'>,
  rules: readonly Rule[],
  requestId = 'first',
): Promise<void> {
  const publication = { requestId, actor: OPERATOR, build: () => rules };
  await ctx.db.transaction().execute((tx) => publishBaseline(ctx, tx, publication));
}

/** Runs one sweep to its end, with everything that is shown of it. */
export async function sweepOnce({ app }: Pick<Flow, 'app'>): Promise<string> {
  const id = await startSweep(app.ctx, { kind: 'person', actor: OPERATOR });
  await app.idle();
  return id;
}

/** The messages of the report channel that begin so, oldest first. */
export function reportsSaying({ world }: Pick<Flow, 'world'>, beginning: string): readonly SimMessage[] {
  return world.slack.messages(REPORTS).filter(({ text }) => text.startsWith(beginning));
}

/** Waits for a report, and for what it says. */
export function report({ world }: Pick<Flow, 'world'>, number: number, containing = ''): Promise<SimMessage> {
  return world.slack.until(`report #${number} saying ${containing}`, () =>
    world.slack
      .messages(REPORTS)
      .find(
        (message) =>
          message.text.startsWith(`Drift report #${number}:`) && wordsOf(message).includes(containing),
      ),
  );
}

/** The texts of a thread, message by message. */
export function threadOf({ world }: Pick<Flow, 'world'>, { channel, ts }: SimMessage): readonly string[] {
  return world.slack.thread(channel, ts).map((message) => `${message.text}\n${wordsOf(message)}`);
}

/** The labels of a message's buttons. */
export function buttonsOf({ blocks }: Pick<SimMessage, 'blocks'>): readonly string[] {
  const found = JSON.stringify(blocks).matchAll(/"type":"button","action_id":"([a-z.]+)"/g);
  return [...found].map((match) => match[1] ?? '');
}

import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import type { App, BlockAction, ButtonAction, RespondFn, StaticSelectAction } from '@slack/bolt';
import { createLanes } from '../drift/lanes.js';
import { UserError } from '../errors.js';
import { errorMessage } from './blocks/answers.js';
import type { Message } from './blocks/kit.js';
import type { Action, Command, Conversation, SlackTools } from './conversation.js';
import { directReply } from './direct-reply.js';
import { routeForm } from './router-forms.js';
import { actionSource, commandSource } from './source.js';
import { checkWords, parseWords, unknownVerb } from './words.js';

type Work = () => Promise<void>;

/** How much is worked on side by side, and when work is slow enough to make way for the next. */
const LANES = { atOnce: 4, slowAfterMs: 50, slowAtMost: 1000 };

/**
 * Registers all conversations with the Bolt app. Everything is acknowledged first and worked on afterwards, a few at a time:
 * what comes in the same moment must not wait for its acknowledgement until the work of the others is done.
 */
export function route(app: App, conversations: readonly Conversation[], tools: SlackTools): void {
  const lanes = createLanes(LANES);
  const later = (work: Work): Promise<void> =>
    lanes.run(async () => {
      await turnOfTheLoop();
      await work();
    });
  const commands = conversations.flatMap((conversation) => conversation.commands ?? []);
  for (const name of new Set(commands.map(({ command }) => command))) {
    const verbs = commands.filter(({ command }) => command === name);
    routeCommand(app, name, verbs, tools, later);
  }
  for (const action of conversations.flatMap((conversation) => conversation.actions ?? [])) {
    routeAction(app, action, tools, later);
  }
  for (const form of conversations.flatMap((conversation) => conversation.forms ?? [])) {
    routeForm(app, form, tools);
  }
}

function routeCommand(
  app: App,
  name: string,
  known: readonly Command[],
  tools: SlackTools,
  later: (work: Work) => Promise<void>,
): void {
  app.command(name, async ({ command, ack, respond }) => {
    await ack();
    const reply = replyWith(respond);
    const run = async (): Promise<void> => {
      const words = parseWords(command.text);
      const verb = words.verb === '' ? 'help' : words.verb;
      const found = known.find((entry) => entry.verb === verb);
      if (found === undefined) {
        throw unknownVerb(
          name,
          verb,
          known.map((entry) => entry.verb),
        );
      }
      const { usage, options = [], most = Number.POSITIVE_INFINITY } = found;
      checkWords(words, { usage, options, most });
      const person = await tools.people.look(command.user_id);
      const { channel_id: channelId, trigger_id: triggerId } = command;
      const source = commandSource(name, verb, channelId);
      await found.run({ ...tools, words, person, channelId, triggerId, source, reply });
    };
    await later(() => guarded(tools, reply, run));
  });
}

function routeAction(
  app: App,
  action: Action,
  tools: SlackTools,
  later: (work: Work) => Promise<void>,
): void {
  app.action<BlockAction<ButtonAction | StaticSelectAction>>(
    action.id,
    async ({ ack, action: pressed, body, respond }) => {
      await ack();
      const reply = body.response_url === undefined ? directReply(tools, body.user.id) : replyWith(respond);
      const value = pressed.type === 'button' ? pressed.value : pressed.selected_option?.value;
      const run = async (): Promise<void> => {
        const person = await tools.people.look(body.user.id, true);
        const { trigger_id: triggerId, view, container } = body;
        const place = { viewId: view?.id ?? null, source: actionSource(container) };
        await action.run({ ...tools, ...place, value: value ?? '', person, triggerId, reply });
      };
      await later(() => guarded(tools, reply, run));
    },
  );
}

/** Runs `work`; what goes wrong is told to the person, and a defect is logged besides. */
async function guarded(
  tools: SlackTools,
  reply: (message: Message) => Promise<void>,
  work: Work,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof UserError)) tools.ctx.log.error({ err: error }, 'a conversation failed');
    await reply(errorMessage(error)).catch((lost: unknown) =>
      tools.ctx.log.warn({ err: lost }, 'an answer was lost'),
    );
  }
}

function replyWith(respond: RespondFn): (message: Message) => Promise<void> {
  return async ({ text, blocks }) => {
    await respond({ response_type: 'ephemeral', replace_original: false, text, blocks });
  };
}

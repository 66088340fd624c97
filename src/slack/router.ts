import { setTimeout as sleep } from 'node:timers/promises';
import type { App, BlockButtonAction, RespondFn } from '@slack/bolt';
import { UserError, UserErrors } from '../errors.js';
import { errorLines, errorMessage, notice } from './blocks/answers.js';
import { escape, type Message, type View } from './blocks/kit.js';
import type { Action, Command, Conversation, Field, Form, SlackTools } from './conversation.js';
import { fieldsOf } from './form-fields.js';
import { checkOptions, parseWords, unknownVerb } from './words.js';

/** Slack waits 3 s for an answer to a form; one that takes longer is told "one moment" and gets its answer later. */
const FORM_ANSWER_MS = 2_000;

/** Registers all conversations with the Bolt app. Everything is acknowledged first and worked on afterwards. */
export function route(app: App, conversations: readonly Conversation[], tools: SlackTools): void {
  const commands = conversations.flatMap((conversation) => conversation.commands ?? []);
  for (const name of new Set(commands.map(({ command }) => command))) {
    routeCommand(
      app,
      name,
      commands.filter(({ command }) => command === name),
      tools,
    );
  }
  for (const action of conversations.flatMap((conversation) => conversation.actions ?? [])) {
    routeAction(app, action, tools);
  }
  for (const form of conversations.flatMap((conversation) => conversation.forms ?? []))
    routeForm(app, form, tools);
}

function routeCommand(app: App, name: string, known: readonly Command[], tools: SlackTools): void {
  app.command(name, async ({ command, ack, respond }) => {
    await ack();
    const reply = replyWith(respond);
    await guarded(tools, reply, async () => {
      const words = parseWords(command.text);
      const verb = words.verb === '' ? 'help' : words.verb;
      const verbs = known.map((entry) => entry.verb);
      const found = known.find((entry) => entry.verb === verb);
      if (found === undefined) throw unknownVerb(name, verb, verbs);
      checkOptions(words, found.options ?? [], found.usage);
      const person = await tools.people.look(command.user_id);
      const { channel_id: channelId, trigger_id: triggerId } = command;
      await found.run({ ...tools, words, person, channelId, triggerId, reply });
    });
  });
}

function routeAction(app: App, action: Action, tools: SlackTools): void {
  app.action<BlockButtonAction>(action.id, async ({ ack, action: pressed, body, respond }) => {
    await ack();
    const reply = body.response_url === undefined ? directReply(tools, body.user.id) : replyWith(respond);
    await guarded(tools, reply, async () => {
      const person = await tools.people.look(body.user.id, true);
      await action.run({ ...tools, value: pressed.value ?? '', person, triggerId: body.trigger_id, reply });
    });
  });
}

function routeForm(app: App, form: Form, tools: SlackTools): void {
  app.view({ callback_id: form.callbackId, type: 'view_submission' }, async ({ ack, body, view }) => {
    const fields = fieldsOf(view);
    const work = submit(form, tools, {
      userId: body.user.id,
      viewId: view.id,
      metadata: view.private_metadata,
      fields,
    });
    const first = await Promise.race([work, sleep(FORM_ANSWER_MS, null, { ref: false })]);
    if (first?.kind === 'errors') return ack({ response_action: 'errors', errors: { ...first.errors } });
    if (first?.kind === 'view') return ack({ response_action: 'update', view: first.view });
    if (first?.kind === 'close') return ack();
    await ack({
      response_action: 'update',
      view: notice('One moment', ['Still at it. This window will tell.']),
    });
    await tools.client.views.update({ view_id: view.id, view: lateView(await work, fields) });
  });
}

interface Submission {
  readonly userId: string;
  readonly viewId: string;
  readonly metadata: string;
  readonly fields: readonly Field[];
}

type FormOutcome =
  | { readonly kind: 'close' }
  | { readonly kind: 'view'; readonly view: View }
  | { readonly kind: 'errors'; readonly errors: Readonly<Record<string, string>> };

async function submit(form: Form, tools: SlackTools, submission: Submission): Promise<FormOutcome> {
  const { fields, metadata, viewId } = submission;
  try {
    const person = await tools.people.look(submission.userId, true);
    const view = await form.run({ ...tools, person, fields, metadata, origin: `view:${viewId}` });
    return view === null ? { kind: 'close' } : { kind: 'view', view };
  } catch (error) {
    if (!(error instanceof UserError))
      tools.ctx.log.error({ err: error, form: form.callbackId }, 'a form failed');
    return { kind: 'errors', errors: errorsByBlock(form, error, fields) };
  }
}

/** Errors at the inputs they belong to; those of no input at the last one, so that none is lost. */
function errorsByBlock(
  form: Form,
  error: unknown,
  fields: readonly Field[],
): Readonly<Record<string, string>> {
  const all = error instanceof UserErrors ? error.errors : [error];
  const last = fields.at(-1)?.blockId ?? '';
  const errors: Record<string, string> = {};
  for (const one of all) {
    const named =
      one instanceof UserError && one.field !== undefined ? (form.blockOf?.(one.field) ?? one.field) : last;
    const block = fields.some(({ blockId }) => blockId === named) ? named : last;
    const text = plainSentence(one);
    errors[block] = errors[block] === undefined ? text : `${errors[block]} ${text}`;
  }
  return errors;
}

function plainSentence(error: unknown): string {
  if (!(error instanceof UserError)) return errorLines(error).join(' ');
  return error.mend === undefined ? error.message : `${error.message} ${error.mend}`;
}

/** What takes the place of "one moment"; after an error with what was typed, so that it is not lost. */
function lateView(outcome: FormOutcome, fields: readonly Field[]): View {
  if (outcome.kind === 'view') return outcome.view;
  if (outcome.kind === 'close') return notice('Plumbline', ['Done.']);
  const typed = fields
    .filter(({ initial, value }) => value !== '' && value !== initial)
    .map(({ blockId, value }) => `• ${escape(blockId)}: ${escape(value)}`);
  const errors = Object.values(outcome.errors).map((text) => `:warning: ${escape(text)}`);
  return notice('Not done', [
    ...errors,
    ...(typed.length === 0 ? [] : [`You had typed:\n${typed.join('\n')}`]),
  ]);
}

/** Runs `work`; what goes wrong is told to the person, and a defect is logged besides. */
async function guarded(
  tools: SlackTools,
  reply: (message: Message) => Promise<void>,
  work: () => Promise<void>,
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

/** Buttons on the Home tab have no address to answer to; the answer goes to the person's direct messages. */
function directReply(tools: SlackTools, userId: string): (message: Message) => Promise<void> {
  return async ({ text, blocks }) => {
    await tools.client.chat.postMessage({ channel: userId, text, blocks });
  };
}

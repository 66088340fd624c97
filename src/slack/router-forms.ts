import { setTimeout as sleep } from 'node:timers/promises';
import type { App } from '@slack/bolt';
import { UserError, UserErrors } from '../errors.js';
import { answer, errorLines, notice } from './blocks/answers.js';
import type { View } from './blocks/kit.js';
import { escape } from './blocks/text.js';
import type { Field, Form, SlackTools } from './conversation.js';
import { directReply } from './direct-reply.js';
import { fieldsOf } from './form-fields.js';
import { refilled, type SubmittedView } from './refill.js';
import { slackErrorCode } from './slack-error.js';
import { openedFrom } from './source.js';

/** Slack waits 3 s for an answer to a form; one that takes longer is told "one moment" and gets its answer later. */
const FORM_ANSWER_MS = 2_000;

/** Registers a form: its errors are shown at its inputs, and a slow answer takes the form's place when it is there. */
export function routeForm(app: App, form: Form, tools: SlackTools): void {
  app.view({ callback_id: form.callbackId, type: 'view_submission' }, async ({ ack, body, view }) => {
    const userId = body.user.id;
    const fields = fieldsOf(view);
    const work = submit(form, tools, { userId, viewId: view.id, metadata: view.private_metadata, fields });
    const first = await Promise.race([work, sleep(FORM_ANSWER_MS, null, { ref: false })]);
    if (first?.kind === 'errors') {
      return fields.length === 0
        ? ack({ response_action: 'update', view: errorNotice(first.errors) })
        : ack({ response_action: 'errors', errors: { ...first.errors } });
    }
    if (first?.kind === 'view') return ack({ response_action: 'update', view: first.view });
    if (first?.kind === 'close') return ack();
    const moment = notice('One moment', ['This takes a little longer. The answer will appear here.']);
    await ack({ response_action: 'update', view: moment });
    await showLate(tools, { userId, view, fields }, await work);
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
  const { fields, viewId } = submission;
  const { metadata, source } = openedFrom(submission.metadata, viewId);
  try {
    const person = await tools.people.look(submission.userId, true);
    const view = await form.run({ ...tools, person, fields, metadata, source, origin: `view:${viewId}` });
    return view === null ? { kind: 'close' } : { kind: 'view', view };
  } catch (error) {
    if (!(error instanceof UserError))
      tools.ctx.log.error({ err: error, form: form.callbackId }, 'a form failed');
    return { kind: 'errors', errors: errorsByBlock(form, error, fields) };
  }
}

/** A form without inputs has no place for an error, so the error takes the form's place. */
function errorNotice(errors: Readonly<Record<string, string>>): View {
  return notice(
    'Plumbline',
    Object.values(errors).map((text) => `:warning: ${escape(text)}`),
  );
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
    const text = errorLines(one).join(' ');
    errors[block] = errors[block] === undefined ? text : `${errors[block]} ${text}`;
  }
  return errors;
}

interface LateForm {
  readonly userId: string;
  readonly view: SubmittedView & { readonly id: string };
  readonly fields: readonly Field[];
}

/** Puts the answer in the place of "one moment", or into the direct messages of someone who closed it meanwhile. */
async function showLate(tools: SlackTools, late: LateForm, outcome: FormOutcome): Promise<void> {
  try {
    await tools.client.views.update({ view_id: late.view.id, view: lateView(late, outcome) });
  } catch (error) {
    if (slackErrorCode(error) !== 'not_found') throw error;
    await directReply(tools, late.userId)(answer(wordsOf(outcome).join('\n')));
  }
}

/** What a view would have said. */
function wordsOf(outcome: FormOutcome): readonly string[] {
  if (outcome.kind === 'errors') return Object.values(outcome.errors).map(escape);
  if (outcome.kind === 'close') return ['Done.'];
  return outcome.view.blocks.flatMap((block) =>
    block.type === 'section' && 'text' in block && block.text !== undefined ? [block.text.text] : [],
  );
}

function lateView({ view, fields }: LateForm, outcome: FormOutcome): View {
  if (outcome.kind === 'view') return outcome.view;
  if (outcome.kind === 'close') return notice('Done', ['Done.']);
  return fields.length === 0 ? errorNotice(outcome.errors) : refilled(view, fields, outcome.errors);
}

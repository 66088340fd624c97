import { breakGlass, checkBreakGlassRole, checkMayBreakGlass } from '../../changes/break-glass.js';
import { checkMayPropose } from '../../changes/propose.js';
import { getRequest } from '../../changes/queries.js';
import type { ChangeRequest } from '../../changes/request.js';
import { UserError } from '../../errors.js';
import { notice } from '../blocks/answers.js';
import type { Purpose } from '../blocks/change-form.js';
import {
  BREAK_GLASS_FORM,
  breakGlassForm,
  breakGlassNote,
  confirmationInput,
} from '../blocks/confirm-form.js';
import type { View } from '../blocks/kit.js';
import type { ActionInput, CommandInput, Conversation, FormInput } from '../conversation.js';
import { isSameActor, once } from '../once.js';
import { openView } from '../open-modal.js';
import { seenOf, seenValue } from '../request-ref.js';
import { withSource } from '../source.js';
import { askedAs } from './asked.js';
import { openChangeForm } from './form-facts.js';
import { orderFrom, orderOptions } from './order.js';
import { changeFormBlock, proposeFromForm, valueOf } from './propose.js';

const USAGE =
  '/pbx break-glass [pbx, tag:name or all] setting value [--because reason] [--baseline | --until date]';
/** What the metadata of a form begins with whose request is made when it is submitted. */
const FOR_TARGET = 'target:';

/** Applying a change at once, without approval; who may do so is a role of its own. */
export const breaking: Conversation = {
  commands: [
    {
      command: '/pbx',
      verb: 'break-glass',
      usage: USAGE,
      help: 'Applies a change at once, without approval, for those who may; another person must review it afterwards.',
      options: orderOptions,
      run: openFromCommand,
    },
  ],
  actions: [{ id: 'change.break-glass', run: openFromCard }],
  forms: [{ callbackId: BREAK_GLASS_FORM, blockOf: changeFormBlock, run: submit }],
};

async function openFromCard({ ctx, client, value, person, triggerId, source }: ActionInput): Promise<void> {
  const seen = seenOf(value);
  const request = await getRequest(ctx.db, seen.requestId);
  checkMayBreakGlass(request, { ...person, ...seen });
  await openView({ client, triggerId, log: ctx.log }, breakGlassForm(askedAs(ctx, request, source)));
}

async function openFromCommand(input: CommandInput): Promise<void> {
  const { ctx, words, person, source } = input;
  const { target, scope } = orderFrom(ctx, words, USAGE);
  checkBreakGlassRole(person.roles);
  checkMayPropose(ctx, person);
  const purpose: Purpose = {
    callbackId: BREAK_GLASS_FORM,
    metadata: withSource(`${FOR_TARGET}${target}`, source),
    title: 'Break glass',
    submit: 'Apply now',
    before: [breakGlassNote()],
    after: [confirmationInput(target, 'apply without approval')],
  };
  await openChangeForm(input, target, scope, purpose);
}

async function submit(input: FormInput): Promise<View> {
  const { metadata } = input;
  const request = metadata.startsWith(FOR_TARGET)
    ? await applyNew(input, metadata.slice(FOR_TARGET.length))
    : await applySeen(input, metadata);
  return notice('Applied at once', [
    `Request #${request.number} is being applied without approval. Everybody who may approve is told, and another person must review it.`,
  ]);
}

/** Nothing is asked for before all is right that can be told beforehand. */
async function applyNew(input: FormInput, target: string): Promise<ChangeRequest> {
  const { person, fields } = input;
  checkBreakGlassRole(person.roles);
  if (valueOf(fields, 'confirmation').trim().toLowerCase() !== target.toLowerCase()) {
    throw new UserError('invalid', `Type ${target} to confirm.`, { field: 'confirmation' });
  }
  return applySeen(input, seenValue(await proposeFromForm(input, target, { isEmergency: true })));
}

function applySeen({ ctx, person, fields, source }: FormInput, value: string): Promise<ChangeRequest> {
  const seen = seenOf(value);
  const [reason, confirmation] = [valueOf(fields, 'reason'), valueOf(fields, 'confirmation')];
  return once(
    ctx,
    seen.requestId,
    () => breakGlass(ctx, { ...person, ...seen, reason, confirmation, source }),
    ({ breakGlass: broken }) =>
      broken !== null && isSameActor(broken.by, person.actor) && broken.reason === reason.trim(),
  );
}

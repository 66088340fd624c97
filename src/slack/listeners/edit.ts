import { checkMayEdit, editChange } from '../../changes/edit.js';
import { checkMayPropose } from '../../changes/propose.js';
import { getRequest } from '../../changes/queries.js';
import type { ChangeRequest, Hold, Item } from '../../changes/request.js';
import type { Assignment } from '../../settings/assignment.js';
import { getResource, getSetting } from '../../settings/catalogue.js';
import { formatValue, isSameValue } from '../../settings/kind.js';
import { notice } from '../blocks/answers.js';
import { blockIdOf, EDIT_FORM, type FormScope, type Purpose } from '../blocks/change-form.js';
import { TEXT_INPUT_MOST, typedForm } from '../blocks/form-inputs.js';
import { context, section, type View } from '../blocks/kit.js';
import { clip, escape } from '../blocks/text.js';
import type { ActionInput, Conversation, Field, FormInput } from '../conversation.js';
import { isSameActor, once } from '../once.js';
import { seenOf, seenValue } from '../request-ref.js';
import { withSource } from '../source.js';
import { openChangeForm } from './form-facts.js';
import { typedHold } from './order.js';
import { assignmentsFrom, changeFormBlock, holdFrom, valueOf } from './propose.js';

const BLOCKED_MOST = 2000;

/** Changing what a waiting request asks for, after which it needs its approvals anew. */
export const edit: Conversation = {
  actions: [{ id: 'change.edit', run: openEdit }],
  forms: [{ callbackId: EDIT_FORM, blockOf: changeFormBlock, run: submitEdit }],
};

async function openEdit(input: ActionInput): Promise<void> {
  const { ctx, value, person, source } = input;
  const seen = seenOf(value);
  const request = await getRequest(ctx.db, seen.requestId);
  checkMayPropose(ctx, person);
  checkMayEdit(request, seen.round);
  await openChangeForm(input, request.target, scopeOf(request), purposeOf(request, source));
}

async function submitEdit(input: FormInput): Promise<View> {
  const { ctx, person, fields, metadata, source } = input;
  const seen = seenOf(metadata);
  const before = await getRequest(ctx.db, seen.requestId);
  const kept = itemsOf(before).filter((item) => isTooLarge(item) || !hasInput(fields, item));
  const assignments = await assignmentsFrom(input, before.target, kept);
  const hold = sameEnd(holdFrom(fields), before);
  const reason = valueOf(fields, 'reason');
  const { number } = await once(
    ctx,
    seen.requestId,
    () => editChange(ctx, { ...person, ...seen, reason, assignments, hold, source }),
    (after) =>
      after.round === seen.round + 1 &&
      after.editors.some((editor) => isSameActor(editor, person.actor)) &&
      after.reason === reason.trim() &&
      isAskedFor(after, assignments, hold),
  );
  return notice('Edited', [
    `Request #${number} now asks for this, and waits for approval anew. Whoever edits a request can no longer approve it.`,
  ]);
}

function purposeOf(request: ChangeRequest, source: string): Purpose {
  const blocked =
    request.blocked === null ? [] : [section(`:warning: ${escape(clip(request.blocked, BLOCKED_MOST))}`)];
  const note = 'Approvals it has so far no longer count, and you cannot approve it yourself.';
  return {
    callbackId: EDIT_FORM,
    metadata: withSource(seenValue(request), source),
    title: `Edit request #${request.number}`,
    submit: 'Ask anew',
    before: [...blocked, context(note)],
  };
}

/** The form for what is asked for now. What is too large for an input stays asked for. */
function scopeOf(request: ChangeRequest): FormScope {
  const items = itemsOf(request);
  const [large, small] = [items.filter(isTooLarge), items.filter((item) => !isTooLarge(item))];
  const values: Record<string, string> = {};
  for (const { key, value } of small) {
    const [first, leaf] = getSetting(key).path;
    if (leaf === undefined) values[first] = typedForm(getSetting(key), value);
    else values[first] = JSON.stringify(leavesOf(small, first), null, 2);
  }
  const kept = large.map(({ key, value }) => [
    blockIdOf(key),
    clip(formatValue(getSetting(key), value), 200),
  ]);
  const hold = request.content.kind === 'settings' ? typedHold(request.content.hold) : {};
  const names = [...new Set(items.map(({ key }) => getSetting(key).resource))];
  return {
    resources: names.map(getResource),
    wanted: items.map(({ key }) => key),
    typed: { values, kept: Object.fromEntries(kept), reason: request.reason, ...hold },
  };
}

function leavesOf(items: readonly Item[], object: string): Readonly<Record<string, unknown>> {
  const leaves = items.filter(({ key }) => getSetting(key).path.length > 1 && blockIdOf(key) === object);
  return Object.fromEntries(leaves.map(({ key, value }) => [getSetting(key).path.at(-1) ?? key, value]));
}

/** What a request asks for, each setting once: every PBX of it is asked for the same. */
function itemsOf({ content }: ChangeRequest): readonly Item[] {
  const items = content.kind === 'settings' ? content.parts.flatMap((part) => part.items) : [];
  return items.filter(({ key }, index) => items.findIndex((item) => item.key === key) === index);
}

/** Whether a value cannot stand in an input: a picture, or a text that Slack would not take. */
function isTooLarge({ key, value }: Item): boolean {
  const setting = getSetting(key);
  const typed = typedForm(setting, value);
  const isPicture = setting.kind === 'image' && typed === '' && value !== null && value !== '';
  return isPicture || typed.length > TEXT_INPUT_MOST;
}

function hasInput(fields: readonly Field[], { key }: Item): boolean {
  return fields.some(({ blockId }) => blockId === blockIdOf(key));
}

/** A form knows only the day an exception ends on: where the day is the same, the time stays too. */
function sameEnd(hold: Hold, { content }: ChangeRequest): Hold {
  const before = content.kind === 'settings' ? content.hold : hold;
  const isSameDay =
    hold.kind === 'exception' &&
    before.kind === 'exception' &&
    hold.untilAt.slice(0, 10) === before.untilAt.slice(0, 10);
  return isSameDay ? before : hold;
}

function isAskedFor({ content }: ChangeRequest, assignments: readonly Assignment[], hold: Hold): boolean {
  if (content.kind !== 'settings' || JSON.stringify(content.hold) !== JSON.stringify(hold)) return false;
  const items = content.parts.flatMap((part) => part.items);
  const isSame = (item: Item, { key, value }: Assignment): boolean =>
    item.key === key && isSameValue(getSetting(key), item.value, value);
  return (
    items.every((item) => assignments.some((one) => isSame(item, one))) &&
    assignments.every((one) => items.some((item) => isSame(item, one)))
  );
}

import { UserError } from '../../errors.js';
import { type PlacedElement, elementsOf } from './blocks.js';
import { clientErrors, entryFor, fieldNamed } from './form.js';
import { blockSuggestionPayload, viewClosedPayload, viewSubmissionPayload } from './interactions.js';
import { type Fields, fieldsIn, fieldsOf, isFields, stringOf } from './json.js';
import { dispatchEntry } from './press.js';
import { Refusal, checkedView } from './refusal.js';
import { issueResponseUrl } from './response-url.js';
import { type Session, activePerson, formContext, sendInteraction } from './session.js';
import type { FillValue, SimView, SubmitOptions, SubmitResult } from './types.js';
import { withEntry } from './values.js';
import { closeModals, pushModal, stackOf, store, updateView } from './views.js';

/** The modal the person sees; throws when none is open. */
export function openModalOf(session: Session): SimView {
  const view = stackOf(session.workspace, session.userId).at(-1);
  if (view === undefined) throw new UserError('not-found', `${session.userId} has no modal open.`);
  return view;
}

/** Fills fields of the visible modal and sends what the form dispatches by itself. */
export function fillModal(session: Session, values: Readonly<Record<string, FillValue>>): void {
  activePerson(session);
  let view = openModalOf(session);
  const dispatched: { readonly placed: PlacedElement; readonly entry: Fields }[] = [];
  for (const [key, choice] of Object.entries(values)) {
    const placed = fieldNamed(view, key);
    const entry = entryFor(formContext(session), placed, choice);
    const errors = Object.entries(view.errors).filter(([blockId]) => blockId !== placed.blockId);
    const state = { values: withEntry(view.state.values, placed, entry) };
    view = { ...view, state, errors: Object.fromEntries(errors) };
    if (dispatches(placed)) dispatched.push({ placed, entry });
  }
  store(session.workspace, view, 'updated');
  for (const { placed, entry } of dispatched) {
    const sent = dispatchEntry(session, view, placed, entry);
    session.pending.add(sent);
    void sent.finally(() => session.pending.delete(sent));
  }
}

/** Whether filling an element tells the app at once: menus outside inputs, and inputs that dispatch. */
function dispatches(placed: PlacedElement): boolean {
  if (!placed.isInput) return true;
  if (placed.block['dispatch_action'] !== true) return false;
  if (!placed.type.endsWith('_input')) return true;
  const triggers: unknown = fieldsOf(placed.element['dispatch_action_config'])['trigger_actions_on'];
  return Array.isArray(triggers) && triggers.includes('on_character_entered');
}

/** Asks the app for the options of an external select, as typing into it does. */
export async function suggestOptions(
  session: Session,
  key: string,
  query: string,
): Promise<readonly Fields[]> {
  const view = openModalOf(session);
  const placed = fieldNamed(view, key);
  const payload = blockSuggestionPayload(session.workspace, view, placed, query);
  const ack = await session.hub.send({ type: 'interactive', payload, acceptsAnswer: true });
  if (ack.outcome !== 'acked') return [];
  const groups = fieldsIn(ack.payload['option_groups']);
  const options = [
    ...fieldsIn(ack.payload['options']),
    ...groups.flatMap((group) => fieldsIn(group['options'])),
  ];
  session.suggested.set(placed.actionId, options);
  return options;
}

/** Submits the visible modal and does what the app's acknowledgement says. */
export async function submitModal(session: Session, options: SubmitOptions = {}): Promise<SubmitResult> {
  activePerson(session);
  await Promise.all(session.pending);
  const view = openModalOf(session);
  if (view.submit === undefined)
    throw new UserError('invalid', `"${view.title}" has no button to submit it.`);
  const errors = options.skipRequired === true ? {} : clientErrors(view);
  if (Object.keys(errors).length > 0) return refused(session, view, errors);
  const payload = viewSubmissionPayload(session.workspace, view, responseUrls(session, view));
  const ack = await session.hub.send({ type: 'interactive', payload, acceptsAnswer: true });
  if (ack.outcome === 'acked') return afterAck(session, view.id, ack.payload);
  return { ok: false, error: ack.outcome === 'timeout' ? 'operation_timeout' : 'not_connected' };
}

function refused(session: Session, view: SimView, errors: Readonly<Record<string, string>>): SubmitResult {
  store(session.workspace, { ...view, errors }, 'updated');
  return { ok: false, errors };
}

function responseUrls(session: Session, view: SimView): readonly Fields[] {
  const asking = elementsOf(view.blocks).filter((one) => one.element['response_url_enabled'] === true);
  return asking.flatMap(({ blockId, actionId }) => {
    const entry = fieldsOf(view.state.values[blockId]?.[actionId]);
    const channelId = stringOf(entry['selected_conversation']) ?? stringOf(entry['selected_channel']);
    if (channelId === undefined) return [];
    const place = { userId: session.userId, channelId };
    const url = issueResponseUrl(session.workspace, place);
    return [{ block_id: blockId, action_id: actionId, channel_id: channelId, response_url: url }];
  });
}

function afterAck(session: Session, viewId: string, answer: Fields): SubmitResult {
  const { workspace, userId } = session;
  const view = workspace.views.get(viewId);
  try {
    switch (answer['response_action']) {
      case undefined:
        if (stackOf(workspace, userId).at(-1)?.id === viewId) closeModals(workspace, userId, 'top');
        return { ok: true };
      case 'clear':
        closeModals(workspace, userId, 'all');
        return { ok: true };
      case 'update':
        if (view !== undefined) updateView(workspace, view, checkedView(answer['view'], 'modal'));
        return { ok: true };
      case 'push':
        pushModal(workspace, userId, checkedView(answer['view'], 'modal'));
        return { ok: true };
      case 'errors':
        return view === undefined ? { ok: true } : refused(session, view, answeredErrors(view, answer));
      default:
        throw new Refusal('invalid_response_action', [String(answer['response_action'])]);
    }
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { ok: false, error: 'invalid_response', problems: [error.code, ...error.messages] };
  }
}

/** Slack shows "trouble connecting" when an error names a block that is not an input. */
function answeredErrors(view: SimView, answer: Fields): Readonly<Record<string, string>> {
  const errors: unknown = answer['errors'];
  if (!isFields(errors) || Object.keys(errors).length === 0) throw new Refusal('missing_errors');
  const inputs = new Set(elementsOf(view.blocks).flatMap((one) => (one.isInput ? [one.blockId] : [])));
  const unknown = Object.keys(errors).filter((blockId) => !inputs.has(blockId));
  if (unknown.length > 0) throw new Refusal('unknown_error_block', unknown);
  return Object.fromEntries(Object.entries(errors).map(([blockId, text]) => [blockId, String(text)]));
}

/** Closes the visible modal, and all below it when the view asks for that; tells the app if it wants to know. */
export async function dismissModal(session: Session): Promise<void> {
  activePerson(session);
  const { workspace, userId } = session;
  const isCleared = openModalOf(session).clearsOnClose;
  const closed = closeModals(workspace, userId, isCleared ? 'all' : 'top').filter(
    (one) => one.notifiesOnClose,
  );
  await Promise.all(
    closed.map((view) => sendInteraction(session, viewClosedPayload(workspace, view, isCleared))),
  );
}

import { UserError } from '../../errors.js';
import { type PlacedElement, captionOf, elementsOf, findOption, optionsOf } from './blocks.js';
import { entryFor } from './form.js';
import { actionPayload, blockActionsPayload } from './interactions.js';
import { type Fields, fieldsIn, present } from './json.js';
import { findMessage, messageKey } from './messages.js';
import { type Session, activePerson, formContext, sendInteraction } from './session.js';
import type { PressResult, SimMessage, SimView } from './types.js';
import { keepsValue, stateEntry, valueIn, valuesOf, withEntry } from './values.js';
import { store } from './views.js';

/** Presses an element of a message as it is now, or chooses an option of it. */
export function pressInMessage(
  session: Session,
  seen: Pick<SimMessage, 'channel' | 'ts'>,
  name: string,
  choice?: string,
): Promise<PressResult> {
  const { workspace, userId } = session;
  const message = visibleMessage(session, seen);
  const placed = elementNamed(message.blocks, name, choice, `The message "${message.text.slice(0, 60)}"`);
  const key = `${messageKey(message.channel, message.ts)}:${userId}`;
  const before = valuesOf(message.blocks, workspace.choices.get(key));
  const entry = keepsValue(placed.type)
    ? chosenEntry(session, placed, choice, before[placed.blockId]?.[placed.actionId])
    : undefined;
  const values = entry === undefined ? before : withEntry(before, placed, entry);
  workspace.choices.set(key, values);
  const action = actionPayload(workspace, placed, entry ?? buttonFields(placed, choice));
  return sendInteraction(session, blockActionsPayload(workspace, userId, { message, values }, action));
}

/** Presses an element of a modal or Home view, or chooses an option of it. */
export function pressInView(
  session: Session,
  view: SimView,
  name: string,
  choice?: string,
): Promise<PressResult> {
  activePerson(session);
  const { workspace, userId } = session;
  const placed = elementNamed(view.blocks, name, choice, `"${view.title}"`);
  if (placed.isInput && placed.block['dispatch_action'] !== true) {
    throw new UserError('invalid', `"${captionOf(placed)}" sends nothing by itself.`, {
      field: placed.actionId,
      mend: 'Fill it, then submit.',
    });
  }
  if (!keepsValue(placed.type)) {
    const action = actionPayload(workspace, placed, buttonFields(placed, choice));
    return sendInteraction(session, blockActionsPayload(workspace, userId, { view }, action));
  }
  const before = view.state.values[placed.blockId]?.[placed.actionId];
  const entry = chosenEntry(session, placed, choice, before);
  const filled = { ...view, state: { values: withEntry(view.state.values, placed, entry) } };
  store(workspace, filled, 'updated');
  return dispatchEntry(session, filled, placed, entry);
}

/** Sends what an element of a view holds, as Slack does when it dispatches. */
export function dispatchEntry(
  session: Session,
  view: SimView,
  placed: PlacedElement,
  entry: Fields,
): Promise<PressResult> {
  const action = actionPayload(session.workspace, placed, entry);
  return sendInteraction(session, blockActionsPayload(session.workspace, session.userId, { view }, action));
}

/** The message as the person sees it now; throws when it is gone or not theirs to see. */
function visibleMessage(session: Session, seen: Pick<SimMessage, 'channel' | 'ts'>): SimMessage {
  const { workspace, userId } = session;
  activePerson(session);
  const message = findMessage(workspace, seen.channel, seen.ts);
  if (message === undefined) throw new UserError('not-found', `There is no message ${seen.ts} any more.`);
  const channel = workspace.channels.get(message.channel);
  const isHidden = channel?.isPrivate === true && !channel.members.includes(userId);
  const isOthers = message.ephemeralTo !== undefined && message.ephemeralTo !== userId;
  if (isHidden || isOthers) throw new UserError('forbidden', `${userId} cannot see message ${seen.ts}.`);
  return message;
}

function elementNamed(
  blocks: readonly Fields[],
  name: string,
  choice: string | undefined,
  where: string,
): PlacedElement {
  const elements = elementsOf(blocks);
  const byId = elements.filter((placed) => placed.actionId === name);
  const matching = byId.length > 0 ? byId : elements.filter((placed) => captionOf(placed) === name);
  const found = matching.find((placed) => hasChoice(placed, choice)) ?? matching[0];
  if (found !== undefined) return found;
  const offered = elements.map((placed) => [placed.actionId, captionOf(placed)].filter(Boolean).join(': '));
  throw new UserError('not-found', `${where} has nothing named ${name} to press.`, {
    field: name,
    mend: offered.length === 0 ? 'It has nothing to press.' : `It has ${offered.join(', ')}.`,
  });
}

function hasChoice(placed: PlacedElement, choice: string | undefined): boolean {
  if (choice === undefined) return true;
  if (placed.type === 'button') return placed.element['value'] === choice || captionOf(placed) === choice;
  return findOption(optionsOf(placed.element), choice) !== undefined;
}

function chosenEntry(
  session: Session,
  placed: PlacedElement,
  choice: string | undefined,
  before: Fields | undefined,
): Fields {
  if (choice === undefined && placed.isInput && before !== undefined) return before;
  if (choice === undefined) throw missingChoice(placed);
  const entry = entryFor(formContext(session), placed, choice);
  return placed.type === 'checkboxes' ? toggled(before, entry) : entry;
}

/** A press on a tick box adds its option, or takes it away when it was ticked. */
function toggled(before: Fields | undefined, entry: Fields): Fields {
  const ticked = fieldsIn(valueIn(before ?? { type: 'checkboxes' }));
  const pressed = fieldsIn(valueIn(entry));
  const isPressed = (option: Fields): boolean => pressed.some((one) => one['value'] === option['value']);
  const added = pressed.filter((one) => !ticked.some((other) => other['value'] === one['value']));
  return stateEntry('checkboxes', [...ticked.filter((option) => !isPressed(option)), ...added]);
}

function buttonFields(placed: PlacedElement, choice: string | undefined): Fields {
  const { element, type } = placed;
  if (type === 'overflow') {
    if (choice === undefined) throw missingChoice(placed);
    const option = findOption(optionsOf(element), choice);
    if (option === undefined)
      throw new UserError('invalid', `The menu offers no ${choice}.`, { field: choice });
    return { selected_option: option };
  }
  return present({ text: element['text'], value: element['value'], style: element['style'] });
}

function missingChoice(placed: PlacedElement): UserError {
  return new UserError('invalid', `${placed.actionId} is a menu: name the choice.`, {
    field: placed.actionId,
  });
}

import { randomBytes } from 'node:crypto';
import { type Fields, fieldsIn, fieldsOf, isFields, stringOf, visibleText } from './json.js';

/** An interactive element and the block it stands in. */
export interface PlacedElement {
  readonly block: Fields;
  readonly element: Fields;
  readonly blockId: string;
  readonly actionId: string;
  readonly type: string;
  readonly isInput: boolean;
}

const INTERACTIVE =
  /^(button|icon_button|feedback_buttons|workflow_button|overflow|checkboxes|radio_buttons)$|_(select|input)$|picker$/;

const SINGLE_SLOTS = ['element', 'accessory'];
const LIST_SLOTS = ['elements', 'actions', 'child_blocks', 'blocks'];

/** A copy of the blocks in which every block and interactive element has an id, as Slack stores them. */
export function withIds(blocks: readonly Fields[]): readonly Fields[] {
  return blocks.map((block) => completed(block, true));
}

function completed(node: Fields, isBlock: boolean): Fields {
  const copy: Record<string, unknown> = { ...node };
  if (isBlock) copy['block_id'] = stringOf(node['block_id']) ?? shortId();
  if (INTERACTIVE.test(String(node['type']))) copy['action_id'] = stringOf(node['action_id']) ?? shortId();
  for (const slot of SINGLE_SLOTS) if (isFields(node[slot])) copy[slot] = completed(node[slot], false);
  for (const slot of LIST_SLOTS) {
    const list: unknown = node[slot];
    if (!Array.isArray(list)) continue;
    const holdsBlocks = slot === 'child_blocks' || slot === 'blocks';
    copy[slot] = list.map((entry: unknown) => (isFields(entry) ? completed(entry, holdsBlocks) : entry));
  }
  return copy;
}

function shortId(): string {
  return randomBytes(4).toString('base64url').slice(0, 5);
}

/** Every interactive element of the blocks, in reading order. */
export function elementsOf(blocks: readonly Fields[]): readonly PlacedElement[] {
  return blocks.flatMap((block) => [
    ...slotsOf(block).flatMap((element) => placedIn(block, element)),
    ...[...fieldsIn(block['child_blocks']), ...fieldsIn(block['blocks'])].flatMap((child) =>
      elementsOf([child]),
    ),
  ]);
}

function slotsOf(block: Fields): readonly Fields[] {
  const single = SINGLE_SLOTS.map((slot) => block[slot]).filter(isFields);
  return [...single, ...fieldsIn(block['elements']), ...fieldsIn(block['actions'])];
}

function placedIn(block: Fields, element: Fields): readonly PlacedElement[] {
  const type = String(element['type']);
  if (!INTERACTIVE.test(type)) return elementsOf([element]);
  const blockId = String(block['block_id']);
  const actionId = String(element['action_id']);
  return [{ block, element, blockId, actionId, type, isInput: block['type'] === 'input' }];
}

/** The options a select, overflow, radio or checkbox element offers, groups flattened. */
export function optionsOf(element: Fields): readonly Fields[] {
  const groups = fieldsIn(element['option_groups']).flatMap((group) => fieldsIn(group['options']));
  return [...fieldsIn(element['options']), ...groups];
}

/** The option with this value, or this visible text. */
export function findOption(options: readonly Fields[], wanted: string): Fields | undefined {
  return (
    options.find((option) => option['value'] === wanted) ??
    options.find((option) => visibleText(option['text']) === wanted)
  );
}

/** What a person reads on an element: a button's text or an input's label. */
export function captionOf(placed: PlacedElement): string {
  return placed.isInput ? visibleText(placed.block['label']) : visibleText(fieldsOf(placed.element)['text']);
}

import type { types } from '@slack/bolt';
import { TYPED } from './blocks/form-inputs.js';
import type { Field, SubmittedFile } from './conversation.js';

type AnyBlock = { readonly type: string };
type InputBlock = types.InputBlock;

/** What a submitted view's inputs hold. Parts Slack leaves out count as empty. */
export function fieldsOf(view: {
  readonly blocks: readonly AnyBlock[];
  readonly state: { readonly values: Readonly<Record<string, Readonly<Record<string, StateValue>>>> };
}): readonly Field[] {
  return view.blocks.filter(isInput).map(({ block_id: blockId = '', element }) => {
    const state = Object.values(view.state.values[blockId] ?? {})[0];
    const files = filesOf(state);
    const value = valueOf(state);
    const isTyped = 'action_id' in element && element.action_id === TYPED;
    const isChanged = isTyped || files.length > 0 || !isSameText(value, initialOf(element));
    return { blockId, value, isChanged, files };
  });
}

/** Whether a block is an input. */
export function isInput(block: AnyBlock): block is InputBlock {
  return block.type === 'input';
}

/** The parts of Slack's view state that Plumbline's forms use. */
export interface StateValue {
  readonly value?: string | null;
  readonly selected_option?: { readonly value: string } | null;
  readonly selected_date?: string | null;
  readonly selected_user?: string | null;
  readonly files?: readonly {
    readonly name?: string | null;
    readonly url_private_download?: string | null;
  }[];
}

function valueOf(state: StateValue | undefined): string {
  return state?.value ?? state?.selected_option?.value ?? state?.selected_date ?? state?.selected_user ?? '';
}

function filesOf(state: StateValue | undefined): readonly SubmittedFile[] {
  return (state?.files ?? []).map((file) => ({
    name: file.name ?? 'file',
    url: file.url_private_download ?? '',
  }));
}

function initialOf(element: InputBlock['element']): string {
  if ('initial_value' in element && typeof element.initial_value === 'string') return element.initial_value;
  if ('initial_option' in element && element.initial_option !== undefined)
    return element.initial_option.value ?? '';
  return 'initial_date' in element ? (element.initial_date ?? '') : '';
}

/** Clients may send other line ends, and spaces around a text mean nothing. */
function isSameText(left: string, right: string): boolean {
  return left.replaceAll('\r\n', '\n').trim() === right.replaceAll('\r\n', '\n').trim();
}

import type { types } from '@slack/bolt';
import type { Field, SubmittedFile } from './conversation.js';

type AnyBlock = { readonly type: string };
type InputBlock = types.InputBlock;

/** What a submitted view's inputs held when it was opened and hold now. Parts Slack leaves out count as empty. */
export function fieldsOf(view: {
  readonly blocks: readonly AnyBlock[];
  readonly state: { readonly values: Readonly<Record<string, Readonly<Record<string, StateValue>>>> };
}): readonly Field[] {
  return inputBlocks(view.blocks).map((block) => {
    const blockId = block.block_id ?? '';
    const state = Object.values(view.state.values[blockId] ?? {})[0];
    return { blockId, initial: initialOf(block.element), value: valueOf(state), files: filesOf(state) };
  });
}

/** The input blocks of a view. */
export function inputBlocks(blocks: readonly AnyBlock[]): readonly InputBlock[] {
  return blocks.filter((block): block is InputBlock => block.type === 'input');
}

/** The parts of Slack's view state that Plumbline's forms use. */
export interface StateValue {
  readonly value?: string | null;
  readonly selected_option?: { readonly value: string } | null;
  readonly selected_date?: string | null;
  readonly files?: readonly {
    readonly name?: string | null;
    readonly size?: number | null;
    readonly url_private_download?: string | null;
  }[];
}

function valueOf(state: StateValue | undefined): string {
  return state?.value ?? state?.selected_option?.value ?? state?.selected_date ?? '';
}

function filesOf(state: StateValue | undefined): readonly SubmittedFile[] {
  return (state?.files ?? []).map((file) => ({
    name: file.name ?? 'file',
    bytes: file.size ?? 0,
    url: file.url_private_download ?? '',
  }));
}

function initialOf(element: InputBlock['element']): string {
  if ('initial_value' in element && typeof element.initial_value === 'string') return element.initial_value;
  if ('initial_option' in element && element.initial_option !== undefined)
    return element.initial_option.value ?? '';
  return 'initial_date' in element ? (element.initial_date ?? '') : '';
}

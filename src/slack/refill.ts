import type { types } from '@slack/bolt';
import { TYPED } from './blocks/form-inputs.js';
import { type Block, section, type View } from './blocks/kit.js';
import { escape } from './blocks/text.js';
import type { Field } from './conversation.js';
import { isInput } from './form-fields.js';

const NOTE = 'refill';

/** A submitted form as Slack sends it. */
export interface SubmittedView {
  readonly callback_id: string;
  readonly private_metadata: string;
  readonly title: types.PlainTextElement;
  readonly submit: types.PlainTextElement | null;
  readonly close: types.PlainTextElement | null;
  readonly blocks: readonly (Block | { readonly type: string; readonly block_id?: string })[];
}

/**
 * The same form once more, with what was typed and every error above its input: for an error that is found after Slack
 * has stopped waiting, when the form was taken away already. Files cannot be put back.
 */
export function refilled(
  view: SubmittedView,
  fields: readonly Field[],
  errors: Readonly<Record<string, string>>,
): View {
  const files = fields.some(({ files: chosen }) => chosen.length > 0) ? ' Choose your file again.' : '';
  const blocks = view.blocks
    .filter(({ block_id: id = '' }) => !id.startsWith(NOTE))
    .flatMap((block): Block[] => {
      const error = errors[block.block_id ?? ''];
      const field = fields.find(({ blockId }) => blockId === block.block_id);
      const shown = isInput(block) && field !== undefined ? withTyped(block, field) : (block as Block);
      return error === undefined ? [shown] : [noted(block.block_id ?? '', escape(error)), shown];
    });
  return {
    type: 'modal',
    callback_id: view.callback_id,
    private_metadata: view.private_metadata,
    title: view.title,
    ...(view.submit === null ? {} : { submit: view.submit }),
    ...(view.close === null ? {} : { close: view.close }),
    blocks: [noted('', `*Nothing was sent yet.* What you typed is still here.${files}`), ...blocks],
  };
}

function noted(blockId: string, text: string): Block {
  return { ...section(`:warning: ${text}`), block_id: `${NOTE}:${blockId}` };
}

function withTyped(block: types.InputBlock, { value, isChanged }: Field): Block {
  const { element } = block;
  const action = isChanged ? { action_id: TYPED } : {};
  switch (element.type) {
    case 'plain_text_input': {
      const { initial_value: _, ...rest } = element;
      return { ...block, element: { ...rest, ...action, ...(value === '' ? {} : { initial_value: value }) } };
    }
    case 'static_select':
    case 'radio_buttons': {
      const { initial_option: _, ...rest } = element;
      const chosen = element.options?.find((option) => option.value === value);
      const initial = chosen === undefined ? {} : { initial_option: chosen };
      return { ...block, element: { ...rest, ...action, ...initial } as typeof element };
    }
    case 'datepicker': {
      const { initial_date: _, ...rest } = element;
      return { ...block, element: { ...rest, ...action, ...(value === '' ? {} : { initial_date: value }) } };
    }
    default:
      return block;
  }
}

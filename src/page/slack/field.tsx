import { useId } from 'react';
import { type Fields, fieldsOf, stringOf, visibleText } from '../../simulators/slack/json.js';
import type { Filled } from './acting.js';
import type { Control } from './control.js';
import { controlFor } from './controls.js';

interface FieldProps {
  readonly block: Fields;
  /** What the workspace holds for it, by action id. */
  readonly entry: Readonly<Record<string, Fields>> | undefined;
  readonly error: string | undefined;
  onChange(blockId: string, value: Filled): void;
  onLeave(): void;
}

/** One input of a form with its label, its hint and what is wrong with it. */
export function Field({ block, entry, error, onChange, onLeave }: FieldProps) {
  const id = useId();
  const element = fieldsOf(block['element']);
  const actionId = String(element['action_id']);
  const blockId = String(block['block_id']);
  const hint = visibleText(block['hint']);
  const control: Control = {
    id,
    element,
    entry: entry?.[actionId] ?? {},
    describedBy: [hint === '' ? '' : `${id}-hint`, error === undefined ? '' : `${id}-error`].join(' ').trim(),
    isInvalid: error !== undefined,
    isRequired: block['optional'] !== true,
    isDispatching: block['dispatch_action'] === true,
    onChange: (value) => onChange(blockId, value),
    onLeave,
  };
  const isGroup = ['checkboxes', 'radio_buttons'].includes(String(element['type']));
  const label = (
    <>
      {visibleText(block['label'])}
      {block['optional'] === true ? <small> (optional)</small> : null}
    </>
  );
  return (
    <div className="field" data-block={blockId} data-wrong={error !== undefined}>
      {isGroup ? <span id={`${id}-label`}>{label}</span> : <label htmlFor={id}>{label}</label>}
      {controlFor(stringOf(element['type']) ?? '', control)}
      {error === undefined ? null : (
        <p className="trouble" id={`${id}-error`} role="alert">
          {error}
        </p>
      )}
      {hint === '' ? null : (
        <p className="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </div>
  );
}

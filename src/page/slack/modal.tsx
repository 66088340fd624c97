import { useEffect, useRef } from 'react';
import { type Fields, fieldsOf } from '../../simulators/slack/json.js';
import type { SimView } from '../../simulators/slack/types.js';
import { Blocks } from './blocks.js';
import { Dialog } from './dialog.js';
import { Field } from './field.js';
import { type FormState, useForm } from './use-form.js';

interface ModalProps {
  readonly view: SimView;
  /** How many windows lie on top of each other. */
  readonly depth: number;
}

/** The window an app opened for the person: its blocks, its inputs, and what is wrong with them. */
export function Modal({ view, depth }: ModalProps) {
  const state = useForm(view);
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [view.errors]);
  return (
    <Dialog title={view.title} onClose={state.dismiss}>
      <form
        ref={form}
        noValidate
        aria-busy={state.isBusy}
        onSubmit={(event) => {
          event.preventDefault();
          state.submit();
        }}
      >
        <div className="dialog-body" tabIndex={-1}>
          {state.trouble === '' ? null : (
            <p className="trouble" role="alert">
              {state.trouble}
            </p>
          )}
          {view.blocks.map((block) => (
            <Part key={keyOf(block)} block={block} view={view} state={state} />
          ))}
        </div>
        <footer className="dialog-foot">
          <button type="button" onClick={state.dismiss}>
            {depth > 1 ? 'Back' : (view.close ?? 'Cancel')}
          </button>
          {view.submit === undefined ? null : (
            <button type="submit" className="primary" disabled={state.isBusy}>
              {view.submit}
            </button>
          )}
        </footer>
      </form>
    </Dialog>
  );
}

interface PartProps {
  readonly block: Fields;
  readonly view: SimView;
  readonly state: FormState;
}

function Part({ block, view: { state: held }, state }: PartProps) {
  if (block['type'] !== 'input') {
    return <Blocks blocks={[block]} where={{ kind: 'modal' }} values={held.values} />;
  }
  const id = String(block['block_id']);
  return (
    <Field
      block={block}
      entry={held.values[id]}
      error={state.errors[id]}
      onChange={state.keep}
      onLeave={state.fill}
    />
  );
}

/** An input keeps what was typed while its block and action stay the same, as Slack's do. */
function keyOf(block: Fields): string {
  return `${String(block['block_id'])} ${String(fieldsOf(block['element'])['action_id'])}`;
}

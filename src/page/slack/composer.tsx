import { useId } from 'react';
import { type ComposerState, useComposer } from './use-composer.js';

interface ComposerProps {
  /** The id of the room. */
  readonly room: string;
  readonly title: string;
}

/** Where one writes: a message, or a slash command that is completed from the app's manifest. */
export function Composer({ room, title }: ComposerProps) {
  const state = useComposer(room);
  const listId = useId();
  const isOpen = state.completions.length > 0;
  return (
    <div className="composer">
      {state.trouble === '' ? null : (
        <p className="trouble" role="alert">
          {state.trouble}
        </p>
      )}
      {isOpen ? <Completions id={listId} state={state} /> : null}
      <div className="composer-row">
        <input
          ref={state.box}
          value={state.text}
          role="combobox"
          aria-expanded={isOpen}
          aria-controls={listId}
          aria-autocomplete="list"
          {...(isOpen ? { 'aria-activedescendant': `${listId}-${state.chosen}` } : {})}
          aria-label={`Message ${title}`}
          placeholder={`Message ${title}, or / for a command`}
          autoComplete="off"
          onChange={({ target }) => state.type(target.value)}
          onKeyDown={state.press}
          onBlur={state.close}
        />
        <button type="button" className="primary" disabled={state.text.trim() === ''} onClick={state.send}>
          Send
        </button>
      </div>
    </div>
  );
}

function Completions({ id, state }: { readonly id: string; readonly state: ComposerState }) {
  return (
    <ul id={id} role="listbox" aria-label="Commands" className="completions">
      {state.completions.map(({ text, hint }, index) => (
        <li
          key={text}
          id={`${id}-${index}`}
          role="option"
          aria-selected={index === state.chosen}
          onMouseDown={(event) => {
            event.preventDefault();
            state.complete(index);
          }}
        >
          <b>{text}</b> <span>{hint}</span>
        </li>
      ))}
    </ul>
  );
}

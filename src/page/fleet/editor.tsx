import { useState, type KeyboardEvent } from 'react';
import type { EditorFacts } from './editor-facts.js';
import { Picture } from './picture.js';
import { textOf, valueOf } from './values.js';

/** The control that fits a setting's kind. */
export function Editor(facts: EditorFacts) {
  const { id, setting, value, isBusy, save } = facts;
  if (setting.kind === 'flag') {
    return (
      <input
        id={id}
        type="checkbox"
        role="switch"
        className="switch"
        checked={value === true}
        aria-busy={isBusy}
        onChange={({ currentTarget }) => save(currentTarget.checked)}
      />
    );
  }
  if (setting.kind === 'choice') return <Choice {...facts} />;
  return setting.kind === 'image' ? <Picture {...facts} /> : <Words {...facts} />;
}

function Choice({ id, setting, value, isBusy, save }: EditorFacts) {
  const now = textOf(setting, value);
  const options = setting.options.includes(now) ? setting.options : [now, ...setting.options];
  return (
    <select
      id={id}
      value={now}
      aria-busy={isBusy}
      onChange={({ currentTarget }) => save(currentTarget.value)}
    >
      {options.map((option) => (
        <option key={option} value={option}>
          {option === '' ? '(not set)' : option}
        </option>
      ))}
    </select>
  );
}

/** Saves with Enter or when it is left, and Escape takes back what was typed; while nothing is typed it shows the live value. */
function Words({ id, setting, value, isBusy, save }: EditorFacts) {
  const live = textOf(setting, value);
  const [draft, setDraft] = useState<string | null>(null);
  const [trouble, setTrouble] = useState('');
  function commit(): void {
    if (draft === null) return;
    try {
      if (draft !== live) save(valueOf(setting, draft));
      setDraft(null);
      setTrouble('');
    } catch (error) {
      setTrouble(error instanceof Error ? error.message : String(error));
    }
  }
  function onKey({ key, nativeEvent }: KeyboardEvent): void {
    if (key === 'Enter' && !nativeEvent.isComposing) commit();
    if (key !== 'Escape') return;
    setDraft(null);
    setTrouble('');
  }
  return (
    <>
      <input
        id={id}
        value={draft ?? live}
        placeholder={value === null ? '(not set)' : '(empty)'}
        aria-busy={isBusy}
        inputMode={setting.kind === 'number' ? 'numeric' : undefined}
        autoComplete="off"
        spellCheck={false}
        aria-invalid={trouble !== ''}
        aria-describedby={trouble === '' ? undefined : `${id}-trouble`}
        onChange={({ currentTarget }) => setDraft(currentTarget.value)}
        onBlur={commit}
        onKeyDown={onKey}
      />
      {trouble !== '' && (
        <span className="amiss" role="alert" id={`${id}-trouble`}>
          {trouble}
        </span>
      )}
    </>
  );
}

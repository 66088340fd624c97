import { useRef, useState } from 'react';
import type { EditorFacts } from './editor-facts.js';
import { base64Of, pictureOf } from './pictures.js';
import { textOf } from './values.js';

/** A picture small, with its size, and how to put another one in its place. */
export function Picture({ id, setting, value, isBusy, save }: EditorFacts) {
  const input = useRef<HTMLInputElement>(null);
  const [trouble, setTrouble] = useState('');
  const text = textOf(setting, value);
  const picture = pictureOf(text);
  function replace(file: File | undefined): void {
    if (file === undefined) return;
    setTrouble('');
    base64Of(file).then(save, () => setTrouble('The file could not be read.'));
  }
  return (
    <div className="picture">
      {picture !== null && <img src={picture.url} alt={`${setting.label} now`} width="32" height="32" />}
      <span className="picture-size">{picture?.size ?? (text === '' ? 'none' : text)}</span>
      <button type="button" id={id} aria-busy={isBusy} onClick={() => input.current?.click()}>
        Replace… <span className="unseen">{setting.label}</span>
      </button>
      <button
        type="button"
        className="quiet"
        aria-disabled={text === ''}
        onClick={() => text !== '' && save('')}
      >
        Clear <span className="unseen">{setting.label}</span>
      </button>
      <input
        ref={input}
        type="file"
        accept="image/*"
        hidden
        onChange={({ currentTarget }) => {
          replace(currentTarget.files?.[0]);
          currentTarget.value = '';
        }}
      />
      {trouble !== '' && (
        <span className="amiss" role="alert">
          {trouble}
        </span>
      )}
    </div>
  );
}

import { type KeyboardEvent, type RefObject, useEffect, useRef, useState } from 'react';
import { useFacts } from '../frame/live.js';
import { UNANSWERED, useActing } from './acting.js';
import { type Completion, completionsOf } from './completions.js';

/** What a composer shows, and what it does when it is typed into. */
export interface ComposerState {
  readonly box: RefObject<HTMLInputElement | null>;
  readonly text: string;
  readonly completions: readonly Completion[];
  /** The index of the completion that Tab takes. */
  readonly chosen: number;
  /** What went wrong with the last line, or empty. */
  readonly trouble: string;
  type(text: string): void;
  press(event: KeyboardEvent): void;
  complete(index: number): void;
  close(): void;
  send(): void;
}

/** A composer of a room; the event `plumbline-compose` with `{text}` puts a line into it. */
export function useComposer(room: string): ComposerState {
  const facts = useFacts();
  const box = useRef<HTMLInputElement>(null);
  const [text, setText] = useState('');
  const [chosen, setChosen] = useState(0);
  const [isOpen, setOpen] = useState(false);
  const { trouble, send } = useSending(room, text, setText);
  const completions = isOpen ? completionsOf(text, facts?.commands ?? []) : [];
  useComposed((line) => {
    setText(line);
    setOpen(false);
    box.current?.focus();
  });

  function complete(index: number): void {
    const one = completions[index];
    if (one !== undefined) type(`${one.text} `);
    box.current?.focus();
  }
  function enter(): void {
    const one = completions[chosen];
    if (one === undefined || text.trim() === one.text) send();
    else complete(chosen);
  }
  const move = (by: number): void => setChosen((chosen + completions.length + by) % completions.length);
  function press(event: KeyboardEvent): void {
    const listKeys = {
      ArrowDown: () => move(1),
      ArrowUp: () => move(-1),
      Tab: () => complete(chosen),
      Escape: () => setOpen(false),
    };
    const keys: Readonly<Record<string, () => void>> = {
      Enter: enter,
      ...(completions.length > 0 && listKeys),
    };
    const act = keys[event.key];
    if (act === undefined) return;
    event.preventDefault();
    act();
  }
  function type(typed: string): void {
    setText(typed);
    setChosen(0);
    setOpen(true);
  }
  const close = (): void => setOpen(false);
  return { box, text, completions, chosen, trouble, type, press, complete, close, send };
}

function useSending(room: string, text: string, setText: (text: string) => void) {
  const acting = useActing();
  const [trouble, setTrouble] = useState('');
  async function send(): Promise<void> {
    const line = text.trim();
    if (line === '') return;
    setText('');
    setTrouble('');
    try {
      if (!line.startsWith('/')) return void (await acting.say(room, line));
      const { error, text: words } = await acting.command(room, line);
      if (error !== undefined) setTrouble(words ?? UNANSWERED[error] ?? error);
    } catch (error) {
      setText(line);
      setTrouble(error instanceof Error ? error.message : String(error));
    }
  }
  return { trouble, send: () => void send() };
}

function useComposed(take: (text: string) => void): void {
  useEffect(() => {
    const listen = (event: Event): void =>
      take((event as CustomEvent<{ readonly text: string }>).detail.text);
    addEventListener('plumbline-compose', listen);
    return () => removeEventListener('plumbline-compose', listen);
  });
}

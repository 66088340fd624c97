import { holdsSpelling } from './spelling.js';

const CLIPPED_AT = 300;
const SHORTEST_SECRET = 4;
const SHORTEST_SPELLED = 8;
/** Tokens come every hour for as long as the process lives; an old one opens nothing any more. */
const LATER_ONES_KEPT = 8;
const TOKEN = /eyJ[\w-]{8,}\.[\w-]+\.[\w-]*/g;
const LONG_RUN = /[A-Za-z0-9+/=_-]{80,}/g;

/** Makes text that came from outside fit for an error message. */
export interface Redactor {
  /** From now on this value does not appear in cleaned text; of values hidden one after the other the newest few. */
  hide(secret: string): void;
  /** One line without known secrets, tokens and image data, and not too long; `[hidden]` whole where it spells a secret. */
  clean(text: string): string;
}

/** Starts with the given secrets; others are added as they become known. */
export function createRedactor(secrets: readonly string[]): Redactor {
  const always = new Set(secrets);
  const later = new Set<string>();
  function hide(secret: string): void {
    later.delete(secret);
    later.add(secret);
    for (const old of later) {
      if (later.size <= LATER_ONES_KEPT) break;
      later.delete(old);
    }
  }
  function clean(text: string): string {
    const known = [...always, ...later].filter(({ length }) => length >= SHORTEST_SECRET);
    const isSpelled = holdsSpelling(
      text,
      known.filter(({ length }) => length >= SHORTEST_SPELLED),
    );
    if (isSpelled) return '[hidden]';
    let shown = text;
    for (const secret of known) shown = shown.replaceAll(secret, '[hidden]');
    shown = shown
      .replace(TOKEN, '[hidden]')
      .replace(LONG_RUN, (run) => `[${run.length} characters]`)
      .replace(/\s+/g, ' ')
      .trim();
    return shown.length > CLIPPED_AT ? `${shown.slice(0, CLIPPED_AT)}…` : shown;
  }
  return { hide, clean };
}

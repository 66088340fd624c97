const CLIPPED_AT = 300;
const SHORTEST_SECRET = 4;
/** Tokens come every hour for as long as the process lives; an old one opens nothing any more. */
const LATER_ONES_KEPT = 8;
const TOKEN = /eyJ[\w-]{8,}\.[\w-]+\.[\w-]*/g;
const LONG_RUN = /[A-Za-z0-9+/=_-]{80,}/g;

/** Makes text that came from outside fit for an error message. */
export interface Redactor {
  /** From now on this value does not appear in cleaned text; of values hidden one after the other the newest few. */
  hide(secret: string): void;
  /** One line without known secrets, tokens and image data, and not too long. */
  clean(text: string): string;
}

/** Starts with the given secrets; others are added as they become known. */
export function createRedactor(secrets: readonly string[]): Redactor {
  const always = new Set(secrets.flatMap(formsOf));
  const later = new Set<string>();
  function hide(secret: string): void {
    for (const form of formsOf(secret)) later.add(form);
    for (const form of later) {
      if (later.size <= LATER_ONES_KEPT) break;
      later.delete(form);
    }
  }
  function clean(text: string): string {
    let shown = text;
    for (const secret of [...always, ...later]) shown = shown.replaceAll(secret, '[hidden]');
    shown = shown
      .replace(TOKEN, '[hidden]')
      .replace(LONG_RUN, (run) => `[${run.length} characters]`)
      .replace(/\s+/g, ' ')
      .trim();
    return shown.length > CLIPPED_AT ? `${shown.slice(0, CLIPPED_AT)}…` : shown;
  }
  return { hide, clean };
}

function formsOf(secret: string): readonly string[] {
  if (secret.length < SHORTEST_SECRET) return [];
  return [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)];
}

const CLIPPED_AT = 300;
const SHORTEST_SECRET = 4;
const TOKEN = /eyJ[\w-]{8,}\.[\w-]+\.[\w-]*/g;
const LONG_RUN = /[A-Za-z0-9+/=_-]{80,}/g;

/** Makes text that came from outside fit for an error message. */
export interface Redactor {
  /** From now on this value never appears in cleaned text. */
  hide(secret: string): void;
  /** One line without known secrets, tokens and image data, and not too long. */
  clean(text: string): string;
}

/** Starts with the given secrets; others are added as they become known. */
export function createRedactor(secrets: readonly string[]): Redactor {
  const hidden = new Set<string>();
  function hide(secret: string): void {
    if (secret.length < SHORTEST_SECRET) return;
    for (const form of [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)])
      hidden.add(form);
  }
  function clean(text: string): string {
    let shown = text;
    for (const secret of hidden) shown = shown.replaceAll(secret, '[hidden]');
    shown = shown
      .replace(TOKEN, '[hidden]')
      .replace(LONG_RUN, (run) => `[${run.length} characters]`)
      .replace(/\s+/g, ' ')
      .trim();
    return shown.length > CLIPPED_AT ? `${shown.slice(0, CLIPPED_AT)}…` : shown;
  }
  for (const secret of secrets) hide(secret);
  return { hide, clean };
}

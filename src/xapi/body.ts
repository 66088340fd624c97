/** What the bytes of an answer turned out to be, whatever its Content-Type claims. */
export type Body =
  | { readonly kind: 'json'; readonly value: unknown }
  | { readonly kind: 'empty' | 'page' | 'cut' | 'text' | 'binary' };

const UTF_8 = new TextDecoder('utf-8', { fatal: true });

const WORDS: Readonly<Record<Exclude<Body['kind'], 'json'>, string>> = {
  empty: 'without content',
  page: 'with a web page instead of data',
  cut: 'with JSON that is damaged or breaks off',
  text: 'with text that is not JSON',
  binary: 'with bytes that are not text',
};

/** Reads the bytes of an answer. Never throws: what cannot be read is a kind of its own. */
export function readBody(bytes: Uint8Array): Body {
  const text = decode(bytes)?.trim();
  if (text === undefined) return { kind: 'binary' };
  if (text === '') return { kind: 'empty' };
  try {
    return { kind: 'json', value: JSON.parse(text) };
  } catch {
    return { kind: unreadableKind(text) };
  }
}

/** An answer that cannot be used, as the end of “The PBX answered …”. */
export function describeBody(body: Body): string {
  return body.kind === 'json' ? 'with JSON of an unexpected form' : WORDS[body.kind];
}

/** Whether a parsed value is an object with named properties. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function unreadableKind(text: string): 'page' | 'cut' | 'text' {
  if (text.startsWith('<')) return 'page';
  return /^[[{"]/.test(text) ? 'cut' : 'text';
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return UTF_8.decode(bytes);
  } catch {
    return undefined;
  }
}

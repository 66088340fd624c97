/** What a simulator or the playground refused, in its own words. */
export class Refused extends Error {
  override readonly name = 'Refused';
  /** What the refusal is about: of a form the id of a block. */
  readonly field: string | undefined;

  constructor(message: string, field?: string) {
    super(message);
    this.field = field;
  }
}

/** Asks the page's own server. Throws `Refused` with the server's words, or what the network says. */
export async function ask<T>(path: string, body?: unknown, method?: 'DELETE'): Promise<T> {
  const answer = await fetch(path, {
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    ...(body === undefined
      ? {}
      : { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }),
  });
  const value: unknown = await answer.json().catch(() => null);
  if (answer.ok) return value as T;
  const { error, mend, field } = (value ?? {}) as {
    readonly error?: string;
    readonly mend?: string;
    readonly field?: string;
  };
  const words = [error ?? `The playground answered ${answer.status}.`, mend].filter(Boolean).join(' ');
  throw new Refused(words, field);
}

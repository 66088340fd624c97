/** A JSON object whose shape is not known yet. */
export type Fields = Readonly<Record<string, unknown>>;

/** Whether a value is a JSON object (not a list, not null). */
export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value when it is a JSON object, otherwise an empty one. */
export function fieldsOf(value: unknown): Fields {
  return isFields(value) ? value : {};
}

/** The JSON objects of a list; an empty list for anything else. */
export function fieldsIn(value: unknown): readonly Fields[] {
  return Array.isArray(value) ? value.filter(isFields) : [];
}

/** The value when it is a string. */
export function stringOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** The text of a Block Kit text object, or of a plain string; otherwise empty. */
export function visibleText(value: unknown): string {
  return stringOf(value) ?? stringOf(fieldsOf(value)['text']) ?? '';
}

/** Parses JSON; undefined when the text is none. */
export function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** Leaves out the entries whose value is undefined, as JSON does. */
export function present(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

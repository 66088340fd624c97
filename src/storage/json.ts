/** JSON text of a value, as the structured columns hold it. */
export function encodeJson(value: unknown): string {
  return JSON.stringify(value);
}

/** The value of a structured column. The store that wrote the column vouches for its shape. */
export function decodeJson<T>(text: string): T {
  const value: unknown = JSON.parse(text);
  return value as T;
}

/** As `decodeJson`, for a column that may be empty. */
export function decodeOptionalJson<T>(text: string | null): T | null {
  return text === null ? null : decodeJson<T>(text);
}

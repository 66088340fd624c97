import type { Complaint } from './model.js';
import type { Answer } from './types.js';

/** An answer in JSON as OData writes it. */
export function json(status: number, value: unknown, headers: Readonly<Record<string, string>> = {}): Answer {
  return {
    status,
    headers: { 'Content-Type': 'application/json; odata.metadata=minimal; charset=utf-8', ...headers },
    body: JSON.stringify(value),
  };
}

/** `Pbx.ODataErrors.ODataError` with a message of its own and an empty code, as 3CX sends it. */
export function odataError(status: number, message: string): Answer {
  return json(status, { error: { code: '', message } });
}

/** A refused PATCH: the machine code stands in `details[].message`, the property in `details[].target`. */
export function refusal(complaints: readonly Complaint[]): Answer {
  const message = complaints.map(({ target, code }) => `${target}:\n${code}`).join('\n');
  const details = complaints.map(({ target, code }) => ({ code: '', message: code, target }));
  return json(400, { error: { code: '', message, details } });
}

/** The refusal of query options an address does not take, or null where all are known. */
export function unknownOption(query: URLSearchParams, known: readonly string[]): Answer | null {
  const unknown = [...query.keys()].find((name) => name.startsWith('$') && !known.includes(name));
  return unknown === undefined
    ? null
    : odataError(400, `The query option '${unknown}' is not supported for this resource.`);
}

/** A singleton's answer, with `$select` applied. */
export function entity(
  base: string,
  name: string,
  value: Readonly<Record<string, unknown>>,
  query: URLSearchParams,
): Answer {
  const refused = unknownOption(query, ['$select', '$expand']) ?? unknownNames(query, '$expand', name, []);
  if (refused !== null) return refused;
  const missing = unknownNames(query, '$select', name, Object.keys(value));
  if (missing !== null) return missing;
  const names = namesIn(query, '$select');
  const context = `${base}/xapi/v1/$metadata#${name}`;
  if (names.length === 0 || names.includes('*')) return json(200, { '@odata.context': context, ...value });
  const selected = Object.fromEntries(names.map((property) => [property, value[property]]));
  return json(200, { '@odata.context': `${context}(${names.join(',')})`, ...selected });
}

/** The refusal of a `$select` or `$expand` of a property that is not there, or null. */
export function unknownNames(
  query: URLSearchParams,
  option: string,
  type: string,
  known: readonly string[],
): Answer | null {
  const unknown = namesIn(query, option).find((name) => name !== '*' && !known.includes(name));
  return unknown === undefined
    ? null
    : odataError(400, `Could not find a property named '${unknown}' on type 'Pbx.${type}'.`);
}

/** The names a comma-separated query option lists. */
export function namesIn(query: URLSearchParams, option: string): readonly string[] {
  return (query.get(option) ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}

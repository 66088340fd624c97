import type { HeldFact, SettingFact } from '../../demo/playground/face.js';
import { durationWords, isoDuration } from './durations.js';

type Properties = Readonly<Record<string, unknown>>;

/** The value of a setting in its resource, or undefined where this version does not have it. */
export function valueIn(properties: Properties | undefined, key: string): unknown {
  let value: unknown = properties;
  for (const name of key.split('.')) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Properties)[name];
  }
  return value;
}

/** The properties to send so that a setting gets a value; of a nested object only the leaf. */
export function propertiesFor(key: string, value: unknown): Properties {
  return key
    .split('.')
    .toReversed()
    .reduce((inner, name): unknown => ({ [name]: inner }), value) as Properties;
}

/** What stands in the input of a setting: a text that `valueOf` takes back. */
export function textOf({ kind }: SettingFact, value: unknown): string {
  if (value === null || value === undefined) return '';
  if (Array.isArray(value)) return value.join(', ');
  if (typeof value !== 'string') return JSON.stringify(value);
  return kind === 'duration' ? durationWords(value) : value;
}

/** The value that a typed text means. Throws an `Error` saying what is accepted. */
export function valueOf({ kind, label, accepts }: SettingFact, text: string): unknown {
  const refused = new Error(`${label} takes ${accepts}.`);
  if (kind === 'number') {
    if (!/^\s*-?\d{1,15}\s*$/.test(text)) throw refused;
    return Number(text);
  }
  if (kind === 'duration') {
    const iso = isoDuration(text);
    if (iso === null) throw refused;
    return iso;
  }
  if (kind !== 'list') return text;
  return text
    .split(/[\n,]/)
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

/** A value for people, in one line; of a picture only that there is one. */
export function wordsFor(setting: SettingFact, value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'not set';
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  const text = textOf(setting, value);
  if (text === '') return 'empty';
  return setting.kind === 'image' && !text.startsWith('http') ? 'a picture' : seen(text);
}

/** What is not drawn, or turns the direction of writing, as its number. */
function seen(text: string): string {
  return text.replace(/[\p{Cc}\p{Bidi_Control}\u00A0\u00AD\u200B\u2028\u2029\uFEFF]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return `‹U+${code.toString(16).toUpperCase().padStart(4, '0')}›`;
  });
}

/** Whether two values mean the same; a choice whatever its case, as a PBX takes it. */
export function isSame({ kind }: SettingFact, one: unknown, other: unknown): boolean {
  const plain = (value: unknown): string => JSON.stringify(value ?? null);
  if (kind === 'choice') return plain(one).toLowerCase() === plain(other).toLowerCase();
  if (kind === 'list' && Array.isArray(one) && Array.isArray(other)) {
    const inOrder = (list: readonly unknown[]): string =>
      plain(list.map(String).toSorted((a, b) => (a < b ? -1 : 1)));
    return inOrder(one) === inOrder(other);
  }
  return plain(one) === plain(other);
}

/** How a setting stands to the baseline: not held, as wanted, suspended by an exception, or drifted. */
export function standing(
  setting: SettingFact,
  held: HeldFact | undefined,
  value: unknown,
): 'free' | 'kept' | 'excepted' | 'drifted' {
  if (held === undefined) return 'free';
  if (isSame(setting, held.value, value)) return 'kept';
  return held.exceptedUntil === null ? 'drifted' : 'excepted';
}

/** A picture character that another one may be joined to, and what may stand between the two. */
const PICTURE_BEFORE = /\p{Extended_Pictographic}(?:\u{FE0F}|\p{Emoji_Modifier})*$/u;
const PICTURE_AFTER = /^\p{Extended_Pictographic}/u;
/** A flag of a region, whose letters are characters that are not drawn. */
const TAGS_BEFORE = /\u{1F3F4}[\u{E0020}-\u{E007F}]*$/u;
/** Letters and marks of the scripts in which Unicode gives the joiners a meaning. */
const JOINING =
  '\\p{Script_Extensions=Arabic}\\p{Script_Extensions=Syriac}\\p{Script_Extensions=Nko}\\p{Script_Extensions=Mongolian}' +
  '\\p{Script_Extensions=Devanagari}\\p{Script_Extensions=Bengali}\\p{Script_Extensions=Gurmukhi}' +
  '\\p{Script_Extensions=Gujarati}\\p{Script_Extensions=Oriya}\\p{Script_Extensions=Tamil}' +
  '\\p{Script_Extensions=Telugu}\\p{Script_Extensions=Kannada}\\p{Script_Extensions=Malayalam}' +
  '\\p{Script_Extensions=Sinhala}\\p{Script_Extensions=Khmer}\\p{Script_Extensions=Myanmar}';
const JOINING_BEFORE = new RegExp(`(?![0-9])[${JOINING}]$`, 'u');
/**
 * All that is not drawn, or that steers how the rest is drawn; what selects a variant of a character, and signs
 * around Arabic numbers, belong to what they stand at.
 */
const UNSEEN =
  /(?![\u{FE00}-\u{FE0F}\u{E0100}-\u{E01EF}\u{600}-\u{605}\u{6DD}\u{70F}\u{890}\u{891}\u{8E2}\u{110BD}\u{110CD}])[\p{Cc}\p{Cs}\p{Cf}\p{Bidi_Control}\p{Default_Ignorable_Code_Point}\u2028\u2029]/gu;
const BREAKS = /\r\n|[\n\u2028\u2029\u0085]/g;
const DIRECTION_MARKS = ['\u200E', '\u200F'];

/** How far to look back for what a joiner joins; no picture of Unicode's is longer. */
const LOOK_BACK = 40;

/**
 * Text from outside on one line, with a visible mark for each character that is not drawn or that steers a terminal or the
 * direction of writing: ␛ for escape, ↵ for a line break, ‹U+202E› for what has no sign of its own. Joiners stay where
 * Unicode joins. Doing it twice changes nothing.
 */
export function visible(text: string): string {
  return text.replace(BREAKS, '↵').replace(UNSEEN, markUnlessJoining);
}

/** As `visible`, but for texts that have lines of their own: line feeds stay. */
export function visibleLines(text: string): string {
  return text.split(/\r?\n/).map(visible).join('\n');
}

/** A value as `visible`, and so that no difference is lost: blanks at its ends and next to each other, and odd blanks. */
export function visibleValue(text: string): string {
  return visible(text)
    .replace(/^ +| +$| {2,}/g, (blanks) => '␠'.repeat(blanks.length))
    .replace(/(?! )\p{Zs}/gu, named);
}

/** The text that `visibleValue` shows so: what a person copied from a message is the value it stands for. */
export function unmarked(shown: string): string {
  return shown
    .replaceAll('␠', ' ')
    .replaceAll('↵', '\n')
    .replaceAll('␡', '\u007F')
    .replace(/[\u2400-\u241F]/g, (mark) => String.fromCodePoint(mark.charCodeAt(0) - 0x24_00))
    .replace(/‹U\+([0-9A-F]{4,5})›/g, (_mark, code: string) =>
      String.fromCodePoint(Number.parseInt(code, 16)),
    );
}

/** JSON in which what a terminal would obey or not draw is written as an escape; the same JSON for programs. */
export function harmlessJson(json: string): string {
  return json.replace(/(?!\n)[\p{Cc}\p{Bidi_Control}\u200B\uFEFF\u00AD\u2028\u2029]/gu, escaped);
}

/** The form in which texts are compared and entered: composed (NFC), and without a line break at the end. */
export function normalText(text: string): string {
  return text.replace(/\r\n?/g, '\n').replace(/\n+$/, '').normalize('NFC');
}

/**
 * The first character of a one-line text that nobody could see or that would break the line, as `U+200B at character 3`;
 * null where there is none. Joiners where Unicode joins and marks of direction (LRM, RLM) are none.
 */
export function unseenIn(text: string): string | null {
  for (const found of text.matchAll(UNSEEN)) {
    const [character] = found;
    if (DIRECTION_MARKS.includes(character) || isJoining(character, text, found.index)) continue;
    const place = Array.from(text.slice(0, found.index)).length + 1;
    return `${character === '\n' ? 'a line break' : codeOf(character)} at character ${place}`;
  }
  return null;
}

function markUnlessJoining(character: string, at: number, text: string): string {
  if (isJoining(character, text, at)) return character;
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x20) return String.fromCodePoint(0x24_00 + code);
  return code === 0x7f ? '␡' : named(character);
}

function isJoining(character: string, text: string, at: number): boolean {
  const before = text.slice(Math.max(0, at - LOOK_BACK), at);
  const after = text.slice(at + character.length, at + character.length + 2);
  if (character === '\u200D' && PICTURE_BEFORE.test(before) && PICTURE_AFTER.test(after)) return true;
  if (character === '\u200C' || character === '\u200D') return JOINING_BEFORE.test(before);
  return /^[\u{E0020}-\u{E007F}]$/u.test(character) && TAGS_BEFORE.test(before);
}

function named(character: string): string {
  return `‹${codeOf(character)}›`;
}

function codeOf(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}

function escaped(character: string): string {
  return `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`;
}

import { Document, isScalar, Scalar, visit } from 'yaml';
import { getSetting, settings } from '../settings/catalogue.js';
import { formatValue } from '../settings/kind.js';
import { harmlessJson } from '../settings/text.js';
import type { BaselineDocument } from './document.js';
import { breadth, type Rule } from './rules.js';

/** Where a line of a picture's text ends. */
const PICTURE_LINE = 100;
/** The letters of base64 and of data URLs, none of which means anything in a quoted text. */
const PICTURE_TEXT = /^[\w+/=:;,.-]+$/;

/** Rules in catalogue order; of one setting the widest target first. */
export function inOrder(rules: readonly Rule[]): readonly Rule[] {
  const places = new Map(settings.map(({ key }, index) => [key, index]));
  const placeOf = ({ key }: Rule): number => places.get(key) ?? settings.length;
  return rules.toSorted(
    (a, b) =>
      placeOf(a) - placeOf(b) || breadth(b.target) - breadth(a.target) || (a.target < b.target ? -1 : 1),
  );
}

/**
 * Rules as YAML that is the same for the same rules: in a fixed order, each under its setting's label, so that a review
 * shows what changed and nothing else. Pictures are whole, over several lines, with type, size and hash in the comment.
 */
export function writeDocument({ rules, basedOn }: BaselineDocument, head: string): string {
  const based = basedOn === null ? '' : `basedOn: ${basedOn}\n`;
  if (rules.length === 0) return `# ${head}\n${based}rules: []\n`;
  return `# ${head}\n${based}rules:\n${inOrder(rules).map(writeRule).join('')}`;
}

function writeRule({ key, value, mode, target, severity, reason }: Rule): string {
  const setting = getSetting(key);
  const picture = setting.kind === 'image' && typeof value === 'string' ? value : null;
  const isFolded = picture !== null && picture.length > PICTURE_LINE && PICTURE_TEXT.test(picture);
  const after = {
    mode,
    target,
    ...(severity === undefined ? {} : { severity }),
    ...(reason === undefined ? {} : { reason }),
  };
  const lines = isFolded
    ? [`- setting: ${key}`, ...folded(picture), ...linesOf(after).map((line) => `  ${line}`)]
    : linesOf([{ setting: key, value, ...after }]);
  const note = picture === null ? '' : `: ${formatValue(setting, value)}`;
  return [`# ${setting.label}${note}`, ...lines].map((line) => (line === '' ? '\n' : `  ${line}\n`)).join('');
}

/**
 * What other readers than YAML 1.2's would take for something else, such as `on`, stands in quotes, and so does a text with
 * a character that a terminal would obey or not draw, which is written as an escape.
 */
function linesOf(value: unknown): readonly string[] {
  const document = new Document(value, { compat: 'yaml-1.1' });
  visit(document, {
    Scalar(_key, node) {
      if (isScalar<string>(node) && typeof node.value === 'string' && needsEscape(node.value))
        node.type = Scalar.QUOTE_DOUBLE;
    },
  });
  return harmlessJson(document.toString({ lineWidth: 0 }).replace(/\n$/, '')).split('\n');
}

function needsEscape(text: string): boolean {
  return harmlessJson(text) !== text;
}

/** A quoted text of which each line ends with a backslash has no line breaks. */
function folded(picture: string): readonly string[] {
  const lines = picture.match(new RegExp(`.{1,${PICTURE_LINE}}`, 'g')) ?? [];
  return ['  value: "\\', ...lines.map((line, at) => `    ${line}${at === lines.length - 1 ? '"' : '\\'}`)];
}

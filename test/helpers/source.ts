import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

export interface Import {
  /** What stands in the quotes. */
  readonly from: string;
  /** The imported file relative to `src/`, or null for a package. */
  readonly file: string | null;
  readonly isTypeOnly: boolean;
}

export interface SourceFile {
  /** Relative to its folder (`src` or `test`), with slashes. */
  readonly path: string;
  readonly text: string;
  /** The text with comments and the insides of strings and regular expressions blanked out, line for line. */
  readonly code: string;
  readonly imports: readonly Import[];
}

export interface Block {
  readonly name: string;
  readonly lines: number;
}

/** All TypeScript files below a folder of the project, in the order of their paths. */
export function readSources(folder: 'src' | 'test'): readonly SourceFile[] {
  return readdirSync(ROOT + folder, { recursive: true, encoding: 'utf8' })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => /\.tsx?$/.test(path) && !path.endsWith('.d.ts'))
    .toSorted()
    .map((path) => sourceOf(path, readFileSync(`${ROOT}${folder}/${path}`, 'utf8')));
}

/** A file as the rules look at it. */
function sourceOf(path: string, text: string): SourceFile {
  return { path, text, code: blank(text), imports: importsOf(path, text) };
}

/** How many lines a text has, as an editor counts them. */
export function linesOf(text: string): number {
  return text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
}

const IMPORT = /^(?:import|export)\s+(type\s+)?([^;'"]*?)\s*from\s*'([^']+)'/gm;
const BARE_OR_DYNAMIC = /^import\s*'([^']+)'|(?<![\w.])import\(\s*'([^']+)'\s*\)/gm;

function importsOf(path: string, text: string): readonly Import[] {
  const named = [...text.matchAll(IMPORT)].map(([, type, names = '', from = '']) =>
    importOf(path, from, type !== undefined || areAllTypes(names)),
  );
  const others = [...text.matchAll(BARE_OR_DYNAMIC)].map(([, bare, dynamic]) =>
    importOf(path, bare ?? dynamic ?? '', false),
  );
  return [...named, ...others];
}

function importOf(path: string, from: string, isTypeOnly: boolean): Import {
  const isRelative = from.startsWith('.') && !from.endsWith('.css');
  return { from, file: isRelative ? fileOf(posix.join(posix.dirname(path), from)) : null, isTypeOnly };
}

function fileOf(imported: string): string {
  const name = imported.replace(/\.js$/, '');
  return existsSync(`${ROOT}src/${name}.tsx`) ? `${name}.tsx` : `${name}.ts`;
}

function areAllTypes(names: string): boolean {
  const braced = /^\{([^}]*)\}$/s.exec(names.trim());
  const parts = (braced?.[1] ?? '').split(',').filter((part) => part.trim() !== '');
  return parts.length > 0 && parts.every((part) => part.trim().startsWith('type '));
}

const TOKEN =
  /\/\/[^\n]*|\/\*[\s\S]*?\*\/|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|(?<=[(,=:[!&|?{};]\s*|return\s+)\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n])+\/[a-z]*|`/g;

/** Blanks comments, strings and regular expressions; what stands in `${…}` is code and stays. */
function blank(text: string): string {
  let code = '';
  let at = 0;
  TOKEN.lastIndex = 0;
  for (let match = TOKEN.exec(text); match !== null; match = TOKEN.exec(text)) {
    code += text.slice(at, match.index);
    if (match[0] === '`') {
      const template = blankTemplate(text, match.index);
      code += template.code;
      at = template.end;
    } else {
      code += hidden(match[0]);
      at = match.index + match[0].length;
    }
    TOKEN.lastIndex = at;
  }
  return code + text.slice(at);
}

function blankTemplate(text: string, start: number): { readonly code: string; readonly end: number } {
  let code = '`';
  let at = start + 1;
  while (at < text.length && text[at] !== '`') {
    if (text.startsWith('${', at)) {
      const end = endOfBraces(text, at + 1);
      code += `  ${blank(text.slice(at + 2, end))} `;
      at = end + 1;
    } else {
      const width = text[at] === '\\' ? 2 : 1;
      code += hidden(text.slice(at, at + width));
      at += width;
    }
  }
  return { code: `${code}\``, end: at + 1 };
}

function hidden(text: string): string {
  return text.replace(/[^\n]/g, ' ');
}

/** The index of the brace that closes the one at `open`; strings inside of `${…}` hold no braces in this project. */
function endOfBraces(text: string, open: number): number {
  let depth = 0;
  for (let at = open; at < text.length; at += 1) {
    if (text[at] === '{') depth += 1;
    if (text[at] === '}') depth -= 1;
    if (depth === 0) return at;
  }
  return text.length;
}

const HEAD =
  /\bfunction\s+(\w+)|^[ \t]+(?:(?:async|static|override|get|set|private|protected)\s+)*([\w$]+)(?=\s*[(<])|=>\s*(?=\{)/gm;
const NO_METHOD = ['if', 'for', 'while', 'switch', 'catch', 'return', 'function', 'await', 'new', 'super'];

/** The functions, methods and arrow functions with a body, with the lines from the head to the closing brace. */
export function functionsOf({ code }: SourceFile): readonly Block[] {
  return [...code.matchAll(HEAD)].flatMap((head) => {
    const name = head[1] ?? head[2] ?? 'an arrow function';
    if (NO_METHOD.includes(name)) return [];
    const end = head.index + head[0].length;
    const open = name === 'an arrow function' ? end : bodyAfter(code, end);
    if (open === null) return [];
    return [{ name, lines: code.slice(head.index, endOfBraces(code, open)).trimStart().split('\n').length }];
  });
}

/** The brace that opens the body after a head, past parameters and a return type, or null for a call or an overload. */
function bodyAfter(code: string, start: number): number | null {
  let depth = 0;
  let isType = false;
  for (let at = start; at < code.length; at += 1) {
    const char = code[at] ?? '';
    if (char === '{' && depth === 0 && !isType) return code.slice(start, at).includes(')') ? at : null;
    if (/[({[]/.test(char) || (char === '<' && /[\w\s]/.test(code[at - 1] ?? ''))) depth += 1;
    else if (/[)}\]]/.test(char) || (char === '>' && code[at - 1] !== '=')) depth -= 1;
    if (depth < 0 || (depth === 0 && /[;,=.?]/.test(char))) return null;
    if (depth === 0 && !/\s/.test(char)) isType = /[:|&]/.test(char);
  }
  return null;
}

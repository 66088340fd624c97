import {
  type Document,
  isMap,
  isScalar,
  Lexer,
  LineCounter,
  parseDocument,
  visit,
  YAMLParseError,
} from 'yaml';

/** How many entries a file that somebody hands in may have, in all its maps and flow lists together. */
const MOST_ENTRIES = 5_000;
const MOST_DEPTH = 40;
const TOO_DEEP = `it has more than ${MOST_DEPTH} levels`;
/** More blanks than levels that can be read in safety take. */
const INDENTED = /^ {500}/m;

interface YamlOptions {
  readonly lines?: LineCounter;
  /** Whether `<<` takes over the entries of another map. */
  readonly isMerging?: boolean;
  readonly mostEntries?: number;
}

/**
 * A YAML document that somebody outside wrote, parsed in time that grows with its length only: `yaml` itself compares each
 * key of a map with all others, which takes a minute for 40,000. What is wrong stands in `errors`, as from `parseDocument`:
 * also a key that is given twice, more than `mostEntries` (5,000 where it is not said), and more than 40 levels. Throws nothing.
 */
export function yamlDocument(
  text: string,
  { lines = new LineCounter(), isMerging = false, mostEntries = MOST_ENTRIES }: YamlOptions = {},
): Document.Parsed {
  const tooMuch = excess(text, mostEntries);
  if (tooMuch !== null) return broken(tooMuch);
  try {
    const document = parseDocument(text, { merge: isMerging, lineCounter: lines, uniqueKeys: false });
    document.errors.push(...structureFaults(document, lines, isMerging));
    return document;
  } catch (error) {
    if (error instanceof RangeError) return broken(TOO_DEEP);
    throw error;
  }
}

/** What is too much of it, in words, or null. Asked of the signs alone, before anything is built of them. */
function excess(text: string, mostEntries: number): string | null {
  let entries = 0;
  let flow = 0;
  let inLine = 0;
  for (const token of new Lexer().lex(text)) {
    if (':?,{['.includes(token) && token !== '') entries += 1;
    if (token === '{' || token === '[') flow += 1;
    else if (token === '}' || token === ']') flow -= 1;
    else if (token === '-' || token === '?') inLine += 1;
    else if (token.includes('\n')) inLine = 0;
    if (flow > MOST_DEPTH || inLine > MOST_DEPTH) return TOO_DEEP;
    if (entries > mostEntries) return `it has more than ${mostEntries} entries`;
  }
  return INDENTED.test(text) ? TOO_DEEP : null;
}

function structureFaults(
  document: Document.Parsed,
  lines: LineCounter,
  isMerging: boolean,
): readonly YAMLParseError[] {
  const faults: YAMLParseError[] = [];
  visit(document, (_, node, path) => {
    if (path.length > MOST_DEPTH * 2) throw new RangeError('too deep');
    if (!isMap(node)) return;
    const seen = new Map<string, number>();
    for (const { key } of node.items) {
      const name = isScalar(key) ? String(key.value) : String(key);
      const start = isScalar(key) ? (key.range?.[0] ?? 0) : 0;
      const earlier = seen.get(name);
      if (earlier === undefined) seen.set(name, start);
      else if (name !== '<<' || !isMerging) faults.push(twice(name, [earlier, start], lines));
    }
  });
  return faults;
}

function twice(
  name: string,
  [earlier, later]: readonly [number, number],
  lines: LineCounter,
): YAMLParseError {
  const [one, other] = [lines.linePos(earlier), lines.linePos(later)];
  const message = `the key “${name}” is given twice, in line ${one.line} and in line ${other.line}`;
  const fault = new YAMLParseError([later, later + 1], 'DUPLICATE_KEY', message);
  fault.linePos = [other];
  return fault;
}

function broken(message: string): Document.Parsed {
  const document = parseDocument('');
  document.errors.push(new YAMLParseError([0, 1], 'UNEXPECTED_TOKEN', message));
  return document;
}

import { type Document, isAlias, isMap, isNode, isScalar, isSeq, LineCounter, type Node } from 'yaml';
import { UserError, UserErrors } from '../errors.js';
import { nearest } from '../settings/suggest.js';
import { fault, plausibleTarget, readRule, type RuleEntry, type TargetOf } from './document-rule.js';
import type { Rule } from './rules.js';
import { yamlDocument } from './yaml-document.js';

/** A baseline as a file: all of its rules, and the version they were made from where it says so. */
export interface BaselineDocument {
  readonly rules: readonly Rule[];
  readonly basedOn: number | null;
}

const ROOT_FIELDS = ['basedOn', 'rules'];

interface Reading {
  readonly file: string;
  readonly document: Document;
  readonly lines: LineCounter;
  readonly faults: UserError[];
}

/**
 * Reads a baseline file (YAML 1.2, anchors and merge keys included). `targetOf` turns what a person wrote into a target as
 * it is stored. Throws `UserErrors` with all that is wrong, each with its line: what is no YAML, unknown fields, settings
 * and targets with the nearest names, values that do not fit, a setting twice for one target.
 */
export function readDocument(
  text: string,
  file: string,
  targetOf: TargetOf = plausibleTarget,
): BaselineDocument {
  const lines = new LineCounter();
  const document = yamlDocument(text, { lines, isMerging: true });
  const reading = { file, document, lines, faults: yamlFaults(document, file) };
  raise(reading.faults);
  const plain = plainOf(reading);
  const root = document.contents;
  if (!isMap(root) || typeof plain !== 'object' || plain === null) {
    throw fault(file, { what: 'it is no baseline', mend: 'It must hold a list named rules.' });
  }
  const fields = plain as Readonly<Record<string, unknown>>;
  reading.faults.push(
    ...unknownFields(
      reading,
      root.items.map(({ key }) => key),
    ),
  );
  const basedOn = attempt(reading, () =>
    basedOnOf(fields['basedOn'], place(reading, root.get('basedOn', true))),
  );
  const found = rulesIn(reading, fields['rules'], root.get('rules', true), targetOf);
  reading.faults.push(...twice(found, file));
  raise(reading.faults);
  return { rules: found.map(({ rule }) => rule), basedOn };
}

/** What is no YAML, with line and column; a warning is a tag or an escape that would be guessed at. */
function yamlFaults(document: Document.Parsed, file: string): UserError[] {
  const faults = [...document.errors, ...document.warnings].map(({ message, linePos }) =>
    fault(`${file}${linePos === undefined ? '' : `, line ${linePos[0].line}, column ${linePos[0].col}`}`, {
      what: (message.split('\n')[0] ?? 'it cannot be read').replace(/ at line.*$|[.:]$/, ''),
      mend: 'Mend the YAML there.',
    }),
  );
  const { version, explicit } = document.directives.yaml;
  if (explicit === true && version !== '1.2') {
    const what = `it says it is YAML ${version}, in which on, 0755 and 10:30 mean other things`;
    faults.push(fault(file, { what, mend: 'Remove the %YAML line.' }));
  }
  return faults;
}

/** An alias that stands for itself a thousandfold ends the reading, not the process. */
function plainOf({ document, file }: Reading): unknown {
  try {
    return document.toJS({ maxAliasCount: 1000 });
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    throw fault(file, { what: `its aliases cannot be followed (${error.message})`, mend: 'Use fewer.' });
  }
}

function unknownFields(reading: Reading, keys: readonly Node[]): readonly UserError[] {
  return keys.flatMap((key) => {
    const name = String(key);
    if (ROOT_FIELDS.includes(name)) return [];
    const [guess] = nearest(name, ROOT_FIELDS);
    const mend = guess === undefined ? 'Known are basedOn and rules.' : `Did you mean ${guess}?`;
    return [fault(place(reading, key), { what: `“${name}” is unknown`, mend })];
  });
}

function basedOnOf(basedOn: unknown, at: string): number | null {
  if (basedOn === undefined || basedOn === null) return null;
  if (typeof basedOn === 'number' && Number.isSafeInteger(basedOn) && basedOn >= 0) return basedOn;
  throw fault(at, { what: 'basedOn is no version', mend: 'Write the number of a version, such as 7.' });
}

interface Found {
  readonly rule: Rule;
  readonly line: number | null;
}

function rulesIn(reading: Reading, plain: unknown, node: unknown, targetOf: TargetOf): readonly Found[] {
  const list = resolved(reading, node);
  if (!isSeq(list) || !Array.isArray(plain)) {
    const at = place(reading, node);
    reading.faults.push(
      fault(at, { what: 'rules is no list', mend: 'Write rules: [] where there are none.' }),
    );
    return [];
  }
  return list.items.flatMap((item, index) => {
    const rule = attempt(reading, () => readRule(entryOf(reading, item, plain[index]), targetOf));
    return rule === null ? [] : [{ rule, line: lineOf(reading, item) }];
  });
}

/** A rule's fields with the places where they stand; what comes out of a merge key stands where the rule does. */
function entryOf(reading: Reading, item: unknown, plain: unknown): RuleEntry {
  const at = place(reading, item);
  const map = resolved(reading, item);
  const nodeOf = (field: string): unknown => {
    const pair = isMap(map) ? map.items.find(({ key }) => String(key) === field) : undefined;
    return resolved(reading, pair?.value);
  };
  return {
    at,
    plain,
    placeOf: (field) => (nodeOf(field) === undefined ? at : place(reading, nodeOf(field))),
    scalarOf: (field) => {
      const node = nodeOf(field);
      return isScalar(node) ? { source: node.source ?? '', style: node.type ?? 'PLAIN' } : null;
    },
  };
}

function resolved({ document }: Reading, node: unknown): unknown {
  return isAlias(node) ? node.resolve(document) : node;
}

function place(reading: Reading, node: unknown): string {
  const line = lineOf(reading, node);
  return line === null ? reading.file : `${reading.file}, line ${line}`;
}

function lineOf({ lines }: Reading, node: unknown): number | null {
  const start = isNode(node) ? node.range?.[0] : undefined;
  return start === undefined ? null : lines.linePos(start).line;
}

function twice(found: readonly Found[], file: string): readonly UserError[] {
  const linesOf = new Map<string, (number | null)[]>();
  for (const { rule, line } of found) {
    const name = `${rule.key} for ${rule.target}`;
    linesOf.set(name, [...(linesOf.get(name) ?? []), line]);
  }
  return [...linesOf].flatMap(([name, lines]) =>
    lines.length === 1
      ? []
      : [
          fault(file, {
            what: `${name} is there twice (lines ${lines.join(' and ')})`,
            mend: 'Keep one of them.',
          }),
        ],
  );
}

function attempt<T>({ faults }: Reading, work: () => T): T | null {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    faults.push(...(error instanceof UserErrors ? error.errors : [error]));
    return null;
  }
}

function raise(faults: readonly UserError[]): void {
  const [first, ...rest] = faults;
  if (first !== undefined) throw rest.length === 0 ? first : new UserErrors([first, ...rest]);
}

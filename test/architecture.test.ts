import { expect, test } from 'vitest';
import { ORDER } from './helpers/import-order.js';
import { functionsOf, type Import, linesOf, readSources, type SourceFile } from './helpers/source.js';

const sources = readSources('src');
const tests = readSources('test');

const ROOMS: Readonly<Record<string, readonly string[]>> = {
  '@slack/': ['slack/', 'simulators/slack/'],
  undici: ['xapi/'],
  kysely: ['storage/'],
  'better-sqlite3': ['storage/'],
  pg: ['storage/'],
  'node-cron': ['jobs/'],
  croner: ['jobs/', 'fleet/'],
  commander: ['cli.ts', 'cli/'],
  ws: ['simulators/slack/'],
  react: ['page/'],
  'react-dom': ['page/'],
  '@tanstack/react-query': ['page/'],
  'slack-blocks-to-jsx': ['page/'],
};

/** Where SQL is written: the stores, and the few places whose own table nobody else reads. */
const SQL = [
  /^storage\//,
  /(^|\/)(store|queries)\.ts$/,
  /-(store|queries)\.ts$/,
  /^audit\/record\.ts$/,
  /^fleet\/lease\.ts$/,
  /^fleet\/write-journal\.ts$/,
  /^jobs\/schedule\.ts$/,
];

const NOUNS = [
  /^settings\//,
  /\/(rules|finding|report|judge|transitions|request|outcome|observation|chain)\.ts$/,
  /^drift\/(guard|judgement|restraint|canary|episode|withheld|splay)\.ts$/,
  /^fleet\/(covers|period|author-match)\.ts$/,
  /^cli\/(case|anonymous)\.ts$/,
  /^jobs\/due\.ts$/,
  /^slack\/blocks\//,
  /^slack\/words\.ts$/,
];

const IMPURE = /\bDate\.now\b|\bnew Date\(\s*\)|\bMath\.random\b|\brandomUUID\b|\bprocess\.|\bfetch\(/;
const IMPURE_IMPORT = /^(node:)?(fs|net|http|https|dgram|dns|tls|child_process|timers|os)(\/|$)/;

function unitOf(path: string): string {
  const [first = '', ...rest] = path.split('/');
  if (first === 'simulators') return `simulators/${rest[0] ?? ''}`;
  if (rest.length > 0 || first === 'cli.ts') return first;
  const name = first.replace(/\.ts$/, '');
  return name.startsWith('config-') ? 'config' : name;
}

function rankOf(unit: string): number {
  return ORDER.findIndex((units) => units.includes(unit));
}

function mayImport(from: string, to: string): boolean {
  const [unit, other] = [unitOf(from), unitOf(to)];
  if (unit === other) return true;
  if (unit === 'page') return true;
  if (unit.startsWith('simulators/')) return other === 'errors' || other === 'settings';
  if (other.startsWith('simulators/')) return unit === 'demo' || from === 'cli/simulate.ts';
  return rankOf(other) >= 0 && rankOf(other) < rankOf(unit);
}

function eachImport(find: (source: SourceFile, imported: Import) => string | null): readonly string[] {
  return sources.flatMap((source) => source.imports.flatMap((imported) => find(source, imported) ?? []));
}

function where(isAt: (source: SourceFile) => boolean): readonly string[] {
  return sources.filter(isAt).map(({ path }) => path);
}

function expectNone(offenders: readonly string[], rule: string): void {
  expect(offenders, `${rule}:\n  ${offenders.join('\n  ')}\n`).toEqual([]);
}

test('every file has a place in the order of imports', () => {
  const strangers = where(({ path }) => !unitOf(path).startsWith('simulators/') && rankOf(unitOf(path)) < 0);
  expectNone(strangers, 'no place in the order');
  expect(sources.length).toBeGreaterThan(80);
});

test('a file imports only its own folder and what is lower in the order', () => {
  const offenders = eachImport(({ path }, { file }) =>
    file === null || path.startsWith('simulators/') || mayImport(path, file) ? null : `${path} → ${file}`,
  );
  expectNone(offenders, 'imports that point upwards or sideways');
});

test('a simulator knows nothing of Plumbline but its errors and its catalogue', () => {
  const offenders = eachImport(({ path }, { file }) =>
    file === null || !path.startsWith('simulators/') || mayImport(path, file) ? null : `${path} → ${file}`,
  );
  expectNone(offenders, 'imports of a simulator');
});

test('the page knows the rest by what comes over the wire, and by its types', () => {
  const offenders = eachImport(({ path }, { file, isTypeOnly }) => {
    const isOwn = file === null || file.startsWith('page/') || file === 'simulators/slack/json.ts';
    return unitOf(path) !== 'page' || isOwn || isTypeOnly ? null : `${path} → ${file}`;
  });
  expectNone(offenders, 'code of the app in the page');
});

test('every relative import names a file that exists', () => {
  const paths = new Set(sources.map(({ path }) => path));
  const offenders = eachImport(({ path }, { file, from }) =>
    file === null || file.startsWith('..') || (paths.has(file) && from.endsWith('.js'))
      ? null
      : `${path} → ${from}`,
  );
  expectNone(offenders, 'imports that lead nowhere');
});

test('no file imports itself, directly or through others', () => {
  const edges = new Map(
    sources.map(({ path, imports }) => [path, imports.flatMap(({ file }) => file ?? [])]),
  );
  const known = new Set<string>();
  const cycles: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    if (trail.includes(path)) cycles.push([...trail.slice(trail.indexOf(path)), path].join(' → '));
    if (known.has(path)) return;
    known.add(path);
    for (const next of edges.get(path) ?? []) visit(next, [...trail, path]);
  };
  for (const path of edges.keys()) visit(path, []);
  expectNone(cycles, 'cycles');
});

test('packages stay in their rooms', () => {
  const offenders = eachImport(({ path }, { from }) => {
    const room = Object.entries(ROOMS).find(([name]) =>
      name.endsWith('/') ? from.startsWith(name) : from === name || from.startsWith(`${name}/`),
    );
    return room === undefined || room[1].some((place) => path.startsWith(place)) ? null : `${path} → ${from}`;
  });
  expectNone(offenders, 'packages out of their room');
});

test('only stores speak SQL', () => {
  const speaks = /\.(selectFrom|insertInto|updateTable|deleteFrom)\(/;
  const offenders = where(({ path, code }) => speaks.test(code) && !SQL.some((place) => place.test(path)));
  expectNone(offenders, 'SQL outside of the stores');
});

test('only the fleet speaks to a PBX, and only the app connects one', () => {
  const typesOnly = ['ctx', 'config'];
  const offenders = eachImport(({ path }, { file, isTypeOnly }) => {
    if (file === null || !file.startsWith('xapi/')) return null;
    const unit = unitOf(path);
    if (['xapi', 'fleet', 'app'].includes(unit) || (isTypeOnly && typesOnly.includes(unit))) return null;
    return `${path} → ${file}`;
  });
  expectNone(offenders, 'imports of xapi/');
});

test('there is one door through which a PBX is written', () => {
  const callers = where(({ code, path }) => /\bpatchResource\(/.test(code) && !path.startsWith('xapi/'));
  expect(callers).toEqual(['fleet/write.ts']);
  const senders = where(
    ({ path, text, code }) =>
      !/^(xapi|simulators)\//.test(path) && (/(['"`])PATCH\1/i.test(text) || /\.patch\(/.test(code)),
  );
  expectNone(senders, 'a PATCH outside of xapi/');
});

test('what decides is pure: no clock, no chance, no environment, no input or output', () => {
  const nouns = sources.filter(({ path }) => NOUNS.some((noun) => noun.test(path)));
  const offenders = nouns.flatMap(({ path, code, imports }) => [
    ...(IMPURE.test(code) ? [`${path}: ${IMPURE.exec(code)?.[0] ?? ''}`] : []),
    ...imports.filter(({ from }) => IMPURE_IMPORT.test(from)).map(({ from }) => `${path} → ${from}`),
  ]);
  expectNone(offenders, 'impure noun files');
  expect(nouns.length).toBeGreaterThan(15);
});

test('modules have no default export', () => {
  expectNone(
    where(({ code }) => /\bexport\s+default\b|\bas\s+default\b/.test(code)),
    'default exports',
  );
});

test('no file only passes on what others export', () => {
  expectNone(
    where(({ path }) => /(^|\/)index\.ts$/.test(path)),
    'index files',
  );
});

test('a choice of words is a union, not an enum', () => {
  expectNone(
    where(({ code }) => /(?<![.\w])enum\s+[A-Z_a-z]/.test(code)),
    'enums',
  );
});

test('there is no switch that turns a write into a preview', () => {
  const flag = /\b\w*(dry_?run|nop\b)\w*/i;
  const offenders = where(({ path, code }) => !path.startsWith('simulators/') && flag.test(code));
  expectNone(offenders, 'preview flags');
});

test('nothing is left to be done later', () => {
  const later = /\b(?:T[O]DO|F[I]XME|X[X]X)\b/;
  const offenders = [...sources, ...tests].filter(({ text }) => later.test(text));
  expectNone(
    offenders.map(({ path }) => path),
    'notes to oneself',
  );
});

test('types are not argued away', () => {
  const escape = /\bas\s+(unknown\s+as|any)\b|:\s*any\b|@ts-(ignore|expect-error|nocheck)/;
  expectNone(
    where(({ code, text }) => escape.test(code) || /@ts-(ignore|expect-error|nocheck)/.test(text)),
    'any',
  );
});

test('a file fits on a few screens', () => {
  const long = [
    ...sources.filter(({ text }) => linesOf(text) > 300),
    ...tests.filter(({ text }) => linesOf(text) > 400),
  ];
  expectNone(
    long.map(({ path, text }) => `${path}: ${linesOf(text)} lines`),
    'files that are too long',
  );
});

test('a function fits on one screen', () => {
  const blocks = sources.flatMap((source) =>
    functionsOf(source).map(({ name, lines }) => ({ name: `${source.path}: ${name}`, lines })),
  );
  const long = blocks.filter(({ lines }) => lines > 50);
  expectNone(
    long.map(({ name, lines }) => `${name}, ${lines} lines`),
    'functions that are too long',
  );
  expect(blocks.length).toBeGreaterThan(500);
});

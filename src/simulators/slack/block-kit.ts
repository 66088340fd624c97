import { BLOCK_LISTS, type Surface, VIEWS } from './block-kit-blocks.js';
import { problem, textLength } from './block-kit-rules.js';
import { typed } from './block-kit-shapes.js';
import { shapeProblems } from './block-kit-walk.js';
import { type Fields, isFields } from './json.js';

const MARKDOWN_CHARS = 12_000;
const MESSAGE_CHARS = 13_200;

/**
 * What Slack would say against these blocks, as `response_metadata.messages` lines; empty if they are fine.
 * Well-formed blocks of a message with more than 13,200 characters in all give exactly `msg_blocks_too_long`.
 */
export function blockProblems(surface: Surface, blocks: unknown): readonly string[] {
  const problems = [
    ...shapeProblems(BLOCK_LISTS[surface], blocks, '/blocks'),
    ...across(surface, blocks, ''),
  ];
  if (problems.length > 0 || surface !== 'message') return problems;
  return textLength(blocks) > MESSAGE_CHARS ? ['msg_blocks_too_long'] : [];
}

/** What Slack would say against a view given to views.open, push, update or publish; empty if it is fine. */
export function viewProblems(view: unknown): readonly string[] {
  return [...shapeProblems(typed(VIEWS), view, '/view'), ...acrossView(view)];
}

function acrossView(view: unknown): readonly string[] {
  if (!isFields(view)) return [];
  const { type, blocks, submit } = view;
  if (type !== 'modal' && type !== 'home') return [];
  const input = placedIn(blocks, '/view/blocks').find(({ value }) => value['type'] === 'input');
  const needsSubmit = type === 'modal' && submit === undefined && input !== undefined;
  return [
    ...across(type, blocks, '/view'),
    ...(needsSubmit
      ? [problem('must define `submit` to use an `input` block in modals', `${input.at}/input`)]
      : []),
  ];
}

interface Placed {
  readonly value: Fields;
  readonly at: string;
}

/** Checks that no single block can answer: unique ids, one table, file inputs, Markdown in all, one focus. */
function across(surface: Surface, blocks: unknown, root: string): readonly string[] {
  const placed = placedIn(blocks, `${root}/blocks`);
  const elements = placed.map(elementsOf);
  return [
    ...repeats('block_id', placed),
    ...elements.flatMap((each) => repeats('action_id', each)),
    ...extraFocus(elements.flat()),
    ...(surface === 'modal' ? [] : fileInputs(elements.flat())),
    ...(surface === 'message' ? extraTables(placed) : []),
    ...tooMuchMarkdown(placed, root),
  ];
}

function placedIn(list: unknown, at: string): readonly Placed[] {
  if (!Array.isArray(list)) return [];
  return list.flatMap((value: unknown, index) => (isFields(value) ? [{ value, at: `${at}/${index}` }] : []));
}

function elementsOf({ value, at }: Placed): readonly Placed[] {
  const single = ['accessory', 'element'].flatMap((name) => {
    const element = value[name];
    return isFields(element) ? [{ value: element, at: `${at}/${name}` }] : [];
  });
  return value['type'] === 'actions' ? placedIn(value['elements'], `${at}/elements`) : single;
}

function repeats(name: 'block_id' | 'action_id', placed: readonly Placed[]): readonly string[] {
  const ids = placed.map(({ value }) => value[name]);
  return placed.flatMap(({ at }, index) => {
    const id = ids[index];
    const isRepeat = typeof id === 'string' && ids.indexOf(id) < index;
    return isRepeat ? [problem(`\`${name}\` "${id}" already exists`, `${at}/${name}`)] : [];
  });
}

function extraFocus(elements: readonly Placed[]): readonly string[] {
  const focused = elements.filter(({ value }) => value['focus_on_load'] === true);
  return focused
    .slice(1)
    .map(({ at }) => problem('only one element can set `focus_on_load`', `${at}/focus_on_load`));
}

function fileInputs(elements: readonly Placed[]): readonly string[] {
  return elements
    .filter(({ value, at }) => value['type'] === 'file_input' && at.endsWith('/element'))
    .map(({ at }) => problem('unsupported type: file_input', `${at}/type`));
}

function extraTables(placed: readonly Placed[]): readonly string[] {
  const tables = placed.filter(({ value }) => value['type'] === 'table');
  return tables.slice(1).map(({ at }) => problem('only_one_table_allowed', at));
}

function tooMuchMarkdown(placed: readonly Placed[], root: string): readonly string[] {
  const lengths = placed
    .filter(({ value }) => value['type'] === 'markdown')
    .map(({ value }) => textLength(value));
  const isOver = lengths.length > 1 && lengths.reduce((sum, each) => sum + each, 0) > MARKDOWN_CHARS;
  return isOver
    ? [problem(`markdown blocks must be less than ${MARKDOWN_CHARS + 1} characters in all`, `${root}/blocks`)]
    : [];
}

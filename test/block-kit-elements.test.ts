import fc from 'fast-check';
import { expect, it, test } from 'vitest';
import { blockProblems } from '../src/simulators/slack/block-kit.js';

const plain = (text: string) => ({ type: 'plain_text', text });
const option = (value: string) => ({ text: plain(value), value });
const options = (count: number) => Array.from({ length: count }, (_, index) => option(`o${index}`));
const input = (element: object) => ({ type: 'input', label: plain('Label'), element });

/** The problems of one element inside an input block of a modal. */
function inInput(element: object): readonly string[] {
  return blockProblems('modal', [input(element)]);
}

const inputs = [
  { type: 'plain_text_input', multiline: true, min_length: 1, max_length: 10, initial_value: 'short' },
  { type: 'number_input', is_decimal_allowed: false, min_value: '-5', max_value: '5', initial_value: '0' },
  { type: 'email_text_input', placeholder: plain('ann@example.test') },
  { type: 'url_text_input', dispatch_action_config: { trigger_actions_on: ['on_enter_pressed'] } },
  { type: 'checkboxes', options: options(10), initial_options: [option('o3')] },
  { type: 'radio_buttons', options: options(2), initial_option: { value: 'o1', text: plain('o1') } },
  {
    type: 'static_select',
    options: options(100),
    initial_option: option('o99'),
    placeholder: plain('x'.repeat(150)),
  },
  { type: 'conversations_select', filter: { include: ['im'] }, default_to_current_conversation: true },
  { type: 'external_select', min_query_length: 0, initial_option: option('a') },
  { type: 'datepicker', initial_date: '2028-02-29' },
  { type: 'timepicker', initial_time: '23:59' },
  { type: 'rich_text_input', action_id: 'rich', initial_value: { type: 'rich_text', elements: [] } },
  { type: 'file_input', filetypes: ['csv'], max_files: 10 },
];

test.each(inputs.map((element) => [element.type, element] as const))(
  'a %s is accepted in a modal',
  (_type, element) => {
    expect(inInput(element)).toEqual([]);
  },
);

const confirm = { title: plain('Sure?'), text: plain('Really?'), confirm: plain('Yes'), deny: plain('No') };
const radios = (more: object) => ({ type: 'radio_buttons', options: [{ ...option('a'), ...more }] });
const select = (more: object) => ({ type: 'static_select', options: options(1), ...more });
const group = (label: string, count: number) => ({ label: plain(label), options: options(count) });

test.each([
  ['placeholder', 150, '/placeholder/text', (text: string) => select({ placeholder: plain(text) })],
  [
    'confirmation title',
    100,
    '/confirm/title/text',
    (text: string) => select({ confirm: { ...confirm, title: plain(text) } }),
  ],
  [
    'confirmation text',
    300,
    '/confirm/text/text',
    (text: string) => select({ confirm: { ...confirm, text: plain(text) } }),
  ],
  [
    'option',
    75,
    '/options/0/text/text',
    (text: string) => select({ options: [{ ...option('a'), text: plain(text) }] }),
  ],
  [
    'option description',
    75,
    '/options/0/description/text',
    (text: string) => select({ options: [{ ...option('a'), description: plain(text) }] }),
  ],
  ['radio button', 75, '/options/0/text/text', (text: string) => radios({ text: plain(text) })],
  [
    'radio description',
    75,
    '/options/0/description/text',
    (text: string) => radios({ description: plain(text) }),
  ],
  [
    'group label',
    75,
    '/option_groups/0/label/text',
    (text: string) => ({ type: 'static_select', option_groups: [group(text, 1)] }),
  ],
  [
    'initial value',
    3000,
    '/initial_value',
    (text: string) => ({ type: 'plain_text_input', initial_value: text }),
  ],
])('a %s of %i characters is accepted, one more is not', (_name, max, at, build) => {
  expect(inInput(build('x'.repeat(max)))).toEqual([]);
  const said = `[ERROR] must be less than ${max + 1} characters [json-pointer:/blocks/0/element${at}]`;
  expect(inInput(build('x'.repeat(max + 1)))).toEqual([said]);
});

test.each([
  ['radio buttons', 10, '/options', (count: number) => ({ type: 'radio_buttons', options: options(count) })],
  ['options', 100, '/options', (count: number) => ({ type: 'multi_static_select', options: options(count) })],
  [
    'groups',
    100,
    '/option_groups',
    (count: number) => ({ type: 'static_select', option_groups: options(count).map(() => group('G', 1)) }),
  ],
  [
    'options of a group',
    100,
    '/option_groups/0/options',
    (count: number) => ({ type: 'static_select', option_groups: [group('G', count)] }),
  ],
])('%s: %i are accepted, one more is not', (_name, max, at, build) => {
  expect(inInput(build(max))).toEqual([]);
  const said = `[ERROR] no more than ${max} items allowed [json-pointer:/blocks/0/element${at}]`;
  expect(inInput(build(max + 1))).toEqual([said]);
});

it('accepts a select of 1 to 100 options and no other', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 200 }), (count) => {
      const problems = inInput({ type: 'static_select', options: options(count) });
      return (problems.length === 0) === (count >= 1 && count <= 100);
    }),
  );
});

test.each([
  [
    'a select without options',
    { type: 'static_select' },
    '`options` or `option_groups` must be specified',
    '',
  ],
  [
    'a select with options and groups',
    {
      type: 'static_select',
      options: options(1),
      option_groups: [{ label: plain('G'), options: options(1) }],
    },
    'only one of `options` or `option_groups` can be specified',
    '',
  ],
  [
    'an empty group',
    { type: 'static_select', option_groups: [{ label: plain('G'), options: [] }] },
    'no fewer than 1 items allowed',
    '/option_groups/0/options',
  ],
  [
    'an initial option that is not offered',
    {
      type: 'static_select',
      options: options(2),
      initial_option: { ...option('o1'), text: plain('other') },
    },
    'must exactly match one of the provided options',
    '/initial_option',
  ],
  [
    'an unknown initial checkbox',
    { type: 'checkboxes', options: options(2), initial_options: [option('o1'), option('z')] },
    'must exactly match one of the provided options',
    '/initial_options/1',
  ],
  [
    'an unknown initial radio button',
    { type: 'radio_buttons', options: options(2), initial_option: option('z') },
    'must exactly match one of the provided options',
    '/initial_option',
  ],
  [
    'a date that is none',
    { type: 'datepicker', initial_date: '2026-02-30' },
    'must be a date in the format YYYY-MM-DD',
    '/initial_date',
  ],
  [
    'a time that is none',
    { type: 'timepicker', initial_time: '24:00' },
    'must be a time in the format HH:mm',
    '/initial_time',
  ],
  [
    'milliseconds for seconds',
    { type: 'datetimepicker', initial_date_time: 1_800_000_000_000 },
    'must be less than or equal to 9999999999',
    '/initial_date_time',
  ],
  [
    'an initial value over max_length',
    { type: 'plain_text_input', max_length: 2, initial_value: 'abc' },
    'must be less than 3 characters',
    '/initial_value',
  ],
  [
    'max_length over 3,000',
    { type: 'plain_text_input', max_length: 3001 },
    'must be less than or equal to 3000',
    '/max_length',
  ],
  [
    'min_length over max_length',
    { type: 'plain_text_input', min_length: 3, max_length: 2 },
    '`min_length` must not be greater than `max_length`',
    '/min_length',
  ],
  [
    'a number input that says nothing of decimals',
    { type: 'number_input' },
    'missing required field: is_decimal_allowed',
    '',
  ],
  [
    'a numeric minimum',
    { type: 'number_input', is_decimal_allowed: true, min_value: 1 },
    'must provide a string',
    '/min_value',
  ],
  [
    'words for a number',
    { type: 'number_input', is_decimal_allowed: true, initial_value: 'two' },
    'must be a number in a string',
    '/initial_value',
  ],
  [
    'a decimal where none is allowed',
    { type: 'number_input', is_decimal_allowed: false, initial_value: '1.5' },
    'decimals are not allowed',
    '/initial_value',
  ],
  ['no files', { type: 'file_input', max_files: 0 }, 'must be greater than or equal to 1', '/max_files'],
  ['eleven files', { type: 'file_input', max_files: 11 }, 'must be less than or equal to 10', '/max_files'],
  [
    'an empty conversation filter',
    { type: 'conversations_select', filter: {} },
    'must define at least one field',
    '/filter',
  ],
])('refuses %s', (_name, element, said, at) => {
  expect(inInput(element)).toEqual([`[ERROR] ${said} [json-pointer:/blocks/0/element${at}]`]);
});

it('accepts an initial number exactly when it lies within its bounds', () => {
  const bound = fc.integer({ min: -50, max: 50 });
  fc.assert(
    fc.property(bound, bound, bound, (a, b, initial) => {
      const [min, max] = [Math.min(a, b), Math.max(a, b)];
      const values = { min_value: `${min}`, max_value: `${max}`, initial_value: `${initial}` };
      const problems = inInput({ type: 'number_input', is_decimal_allowed: false, ...values });
      return (problems.length === 0) === (initial >= min && initial <= max);
    }),
  );
});

it('refuses a file input that dispatches actions', () => {
  expect(blockProblems('modal', [{ ...input({ type: 'file_input' }), dispatch_action: true }])).toHaveLength(
    1,
  );
});

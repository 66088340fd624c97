import fc from 'fast-check';
import { expect, it, test } from 'vitest';
import { blockProblems, viewProblems } from '../src/simulators/slack/block-kit.js';

const plain = (text: string) => ({ type: 'plain_text', text });
const mrkdwn = (text: string) => ({ type: 'mrkdwn', text });
const section = (text: string) => ({ type: 'section', text: mrkdwn(text) });
const option = (value: string) => ({ text: plain(value), value });
const options = (count: number) => Array.from({ length: count }, (_, index) => option(`o${index}`));
const actions = (...elements: readonly object[]) => ({ type: 'actions', elements });
const input = (element: object) => ({ type: 'input', label: plain('Label'), element });
const button = { type: 'button', text: plain('Approve'), action_id: 'approve' };
const modal = (more: object = {}) => ({
  type: 'modal',
  title: plain('Change'),
  blocks: [section('x')],
  ...more,
});
const x = (length: number) => 'x'.repeat(length);
const tooLong = (max: number, at: string) => [
  `[ERROR] must be less than ${max + 1} characters [json-pointer:${at}]`,
];

const richText = {
  type: 'rich_text',
  elements: [
    {
      type: 'rich_text_section',
      elements: [
        { type: 'text', text: 'Hello ', style: { bold: true } },
        { type: 'user', user_id: 'U1' },
        { type: 'link', url: 'https://example.test', text: 'a link' },
      ],
    },
    { type: 'rich_text_preformatted', elements: [{ type: 'text', text: 'a = 1' }], border: 0 },
    { type: 'rich_text_list', style: 'bullet', elements: [{ type: 'rich_text_section', elements: [] }] },
  ],
};
const image = { type: 'image', alt_text: 'A chart', image_url: 'https://example.test/a.png' };
const confirm = {
  title: plain('Sure?'),
  text: mrkdwn('It *is* live'),
  confirm: plain('Yes'),
  deny: plain('No'),
};
const everywhere = [
  { type: 'header', text: plain('Report'), block_id: 'head' },
  { type: 'divider' },
  { type: 'section', fields: [mrkdwn('*A*'), { ...plain('b'), emoji: true }], accessory: image },
  { type: 'context', elements: [image, mrkdwn('by Ann'), plain('today')] },
  image,
  richText,
  actions(
    { ...button, style: 'danger', value: '42', confirm, accessibility_label: 'Approve change 42 for Ann' },
    { type: 'overflow', action_id: 'more', options: [{ ...option('a'), url: 'https://example.test' }] },
    { type: 'static_select', action_id: 'one', option_groups: [{ label: plain('G'), options: options(2) }] },
    { type: 'multi_users_select', action_id: 'people', initial_users: ['U1'], max_selected_items: 3 },
    { type: 'datetimepicker', action_id: 'when', initial_date_time: 1_800_000_000 },
  ),
];
test.each(['message', 'modal', 'home'] as const)('every ordinary block is accepted in a %s', (surface) => {
  expect(blockProblems(surface, everywhere)).toEqual([]);
});

it('accepts a table of 100 rows and Markdown in a message', () => {
  const rows = Array.from({ length: 100 }, () => [{ type: 'raw_text', text: 'a' }, richText]);
  const table = { type: 'table', rows: rows.slice(0, 90), column_settings: [null, { align: 'right' }] };
  expect(blockProblems('message', [table, { type: 'markdown', text: '# Hi' }])).toEqual([]);
  expect(blockProblems('message', [])).toEqual([]);
});

it('accepts a Home tab with inputs and no submit button', () => {
  const home = { type: 'home', blocks: [input({ type: 'plain_text_input' })], callback_id: 'home' };
  expect(viewProblems(home)).toEqual([]);
});

it('accepts a section text of 1 to 3,000 characters and no longer one', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 6000 }), (length) => {
      const problems = blockProblems('message', [section(x(length))]);
      if (length >= 1 && length <= 3000) return problems.length === 0;
      const said = length === 0 ? 'must be more than 0 characters' : 'must be less than 3001 characters';
      return problems.length === 1 && problems[0] === `[ERROR] ${said} [json-pointer:/blocks/0/text/text]`;
    }),
  );
});

test.each([
  ['header', 150, '/text/text', (text: string) => ({ type: 'header', text: plain(text) })],
  ['field', 2000, '/fields/0/text', (text: string) => ({ type: 'section', fields: [mrkdwn(text)] })],
  ['button', 75, '/elements/0/text/text', (text: string) => actions({ ...button, text: plain(text) })],
  ['button value', 2000, '/elements/0/value', (value: string) => actions({ ...button, value })],
  ['action id', 255, '/elements/0/action_id', (id: string) => actions({ ...button, action_id: id })],
  ['block id', 255, '/block_id', (id: string) => ({ type: 'divider', block_id: id })],
  ['alt text', 2000, '/alt_text', (text: string) => ({ ...image, alt_text: text })],
  [
    'label',
    2000,
    '/label/text',
    (text: string) => ({ ...input({ type: 'datepicker' }), label: plain(text) }),
  ],
  [
    'option value',
    150,
    '/elements/0/options/0/value',
    (value: string) => actions({ type: 'overflow', options: [{ ...option('a'), value }] }),
  ],
  [
    'confirmation button',
    30,
    '/elements/0/confirm/deny/text',
    (text: string) => actions({ ...button, confirm: { ...confirm, deny: plain(text) } }),
  ],
])('a %s of %i characters is accepted, one more is not', (_name, max, at, build) => {
  expect(blockProblems('message', [build(x(max))])).toEqual([]);
  expect(blockProblems('message', [build(x(max + 1))])).toEqual(tooLong(max, `/blocks/0${at}`));
});

test.each([
  ['title', 24, '/title/text', (text: string) => ({ title: plain(text) })],
  ['submit', 24, '/submit/text', (text: string) => ({ submit: plain(text) })],
  ['private metadata', 3000, '/private_metadata', (text: string) => ({ private_metadata: text })],
  ['callback id', 255, '/callback_id', (text: string) => ({ callback_id: text })],
  ['external id', 255, '/external_id', (text: string) => ({ external_id: text })],
])('a view %s of %i characters is accepted, one more is not', (_name, max, at, build) => {
  expect(viewProblems(modal(build(x(max))))).toEqual([]);
  expect(viewProblems(modal(build(x(max + 1))))).toEqual(tooLong(max, `/view${at}`));
});

it('refuses a message whose blocks hold more than 13,200 characters in all', () => {
  const full = [...Array.from({ length: 4 }, () => section(x(3000))), section(x(1200))];
  expect(blockProblems('message', full)).toEqual([]);
  expect(blockProblems('message', [...full, section('!')])).toEqual(['msg_blocks_too_long']);
  expect(blockProblems('home', [...full, section('!')])).toEqual([]);
});

it('counts Markdown over all its blocks', () => {
  const markdown = [6000, 6001].map((length) => ({ type: 'markdown', text: x(length) }));
  expect(blockProblems('message', markdown)).toEqual([
    '[ERROR] markdown blocks must be less than 12001 characters in all [json-pointer:/blocks]',
  ]);
});

test.each([
  [
    'blocks in a message',
    50,
    '',
    (count: number) => Array.from({ length: count }, () => ({ type: 'divider' })),
  ],
  [
    'section fields',
    10,
    '/0/fields',
    (count: number) => [{ type: 'section', fields: options(count).map((each) => each.text) }],
  ],
  [
    'context elements',
    10,
    '/0/elements',
    (count: number) => [{ type: 'context', elements: options(count).map((each) => each.text) }],
  ],
  [
    'actions',
    25,
    '/0/elements',
    (count: number) => [actions(...options(count).map(({ text }) => ({ type: 'button', text })))],
  ],
  [
    'overflow options',
    5,
    '/0/elements/0/options',
    (count: number) => [actions({ type: 'overflow', options: options(count) })],
  ],
  [
    'checkboxes',
    10,
    '/0/elements/0/options',
    (count: number) => [actions({ type: 'checkboxes', options: options(count) })],
  ],
  [
    'table rows',
    100,
    '/0/rows',
    (count: number) => [{ type: 'table', rows: options(count).map(() => [{ type: 'raw_text', text: '-' }]) }],
  ],
  [
    'table columns',
    20,
    '/0/rows/0',
    (count: number) => [
      { type: 'table', rows: [options(count).map(() => ({ type: 'raw_text', text: '-' }))] },
    ],
  ],
])('%s: %i are accepted, one more is not', (_name, max, at, build) => {
  expect(blockProblems('message', build(max))).toEqual([]);
  const said = `[ERROR] no more than ${max} items allowed [json-pointer:/blocks${at}]`;
  expect(blockProblems('message', build(max + 1))).toEqual([said]);
});

it('accepts 100 blocks in a view and no more', () => {
  const blocks = Array.from({ length: 100 }, () => ({ type: 'divider' }));
  expect(viewProblems(modal({ blocks }))).toEqual([]);
  expect(viewProblems(modal({ blocks: [...blocks, { type: 'divider' }] }))).toEqual([
    '[ERROR] no more than 100 items allowed [json-pointer:/view/blocks]',
  ]);
});

it('accepts at most 10,000 characters in the cells of a table', () => {
  const table = (length: number) => ({ type: 'table', rows: [[{ type: 'raw_text', text: x(length) }]] });
  expect(blockProblems('message', [table(10_000)])).toEqual([]);
  expect(blockProblems('message', [table(10_001)])).toEqual(tooLong(10_000, '/blocks/0/rows'));
});

it('accepts one table in a message', () => {
  const table = { type: 'table', rows: [[{ type: 'raw_text', text: '-' }]] };
  expect(blockProblems('message', [table, table])).toEqual([
    '[ERROR] only_one_table_allowed [json-pointer:/blocks/1]',
  ]);
});

test.each([
  ['message', 'nonsense'],
  ['message', 'alert'],
  ['modal', 'table'],
  ['modal', 'markdown'],
  ['home', 'table'],
  ['home', 'constructor'],
] as const)('a %s refuses a block of type %s', (surface, type) => {
  expect(blockProblems(surface, [{ type }])).toEqual([
    `[ERROR] unsupported type: ${type} [json-pointer:/blocks/0/type]`,
  ]);
});

it('accepts a file input only inside an input block of a modal', () => {
  const file = { type: 'file_input' };
  expect(blockProblems('modal', [input(file)])).toEqual([]);
  const refused = '[ERROR] unsupported type: file_input [json-pointer:/blocks/0';
  expect(blockProblems('message', [input(file)])).toEqual([`${refused}/element/type]`]);
  expect(blockProblems('home', [input(file)])).toEqual([`${refused}/element/type]`]);
  expect(blockProblems('modal', [actions(file)])).toEqual([`${refused}/elements/0/type]`]);
  expect(blockProblems('home', [{ ...section('x'), accessory: file }])).toEqual([
    `${refused}/accessory/type]`,
  ]);
});

it('refuses a button in an input block and a text input among actions', () => {
  expect(blockProblems('home', [input(button)])).toEqual([
    '[ERROR] unsupported type: button [json-pointer:/blocks/0/element/type]',
  ]);
  expect(blockProblems('home', [actions({ type: 'plain_text_input' })])).toHaveLength(1);
});

it('wants plain text where Slack does', () => {
  expect(blockProblems('home', [{ type: 'header', text: mrkdwn('*x*') }])).toEqual([
    '[ERROR] must be a valid enum value [json-pointer:/blocks/0/text/type]',
  ]);
});

it('refuses fields that Slack does not know, also emoji on mrkdwn and verbatim on plain text', () => {
  const at = (place: string, name: string) => [
    `[ERROR] invalid additional property: ${name} [json-pointer:/blocks/0${place}]`,
  ];
  expect(blockProblems('home', [{ type: 'divider', colour: 'red' }])).toEqual(at('', 'colour'));
  expect(blockProblems('home', [actions({ ...button, disabled: true })])).toEqual(
    at('/elements/0', 'disabled'),
  );
  const emoji = { type: 'section', text: { ...mrkdwn('x'), emoji: true } };
  expect(blockProblems('home', [emoji])).toEqual(at('/text', 'emoji'));
  const verbatim = { type: 'section', text: { ...plain('x'), verbatim: true } };
  expect(blockProblems('home', [verbatim])).toEqual(at('/text', 'verbatim'));
});

test.each([
  ['a section without text or fields', { type: 'section' }, 'must define either `text` or `fields`', '/type'],
  ['a text where a text object belongs', { type: 'section', text: 'x' }, 'must provide an object', '/text'],
  [
    'an image without alt text',
    { type: 'image', image_url: image.image_url },
    'missing required field: alt_text',
    '',
  ],
  [
    'an image without a source',
    { type: 'image', alt_text: 'x' },
    '`image_url` or `slack_file` must be specified',
    '',
  ],
  ['a relative URL', { ...image, image_url: '/a.png' }, 'must be a valid URL', '/image_url'],
  [
    'a colour Slack does not have',
    actions({ ...button, style: 'default' }),
    'must be a valid enum value',
    '/elements/0/style',
  ],
  ['a null style', actions({ ...button, style: null }), 'must provide a string', '/elements/0/style'],
  ['an empty actions block', actions(), 'no fewer than 1 items allowed', '/elements'],
  ['a text as block id', { type: 'divider', block_id: 5 }, 'must provide a string', '/block_id'],
  [
    'an unnamed rich text element',
    { type: 'rich_text', elements: [{}] },
    'missing required field: type',
    '/elements/0',
  ],
  ['a block without a type', {}, 'missing required field: type', ''],
  [
    'an empty cell',
    { type: 'table', rows: [[{ type: 'raw_text', text: '' }]] },
    'must be more than 0 characters',
    '/rows/0/0/text',
  ],
])('refuses %s', (_name, block, said, at) => {
  expect(blockProblems('message', [block])).toEqual([`[ERROR] ${said} [json-pointer:/blocks/0${at}]`]);
});

it('refuses the same block id twice', () => {
  const blocks = ['a', 'b', 'a'].map((id) => ({ type: 'divider', block_id: id }));
  expect(blockProblems('message', blocks)).toEqual([
    '[ERROR] `block_id` "a" already exists [json-pointer:/blocks/2/block_id]',
  ]);
  expect(viewProblems(modal({ blocks }))).toEqual([
    '[ERROR] `block_id` "a" already exists [json-pointer:/view/blocks/2/block_id]',
  ]);
});

it('refuses the same action id twice in one block, but not in two', () => {
  expect(blockProblems('home', [actions(button, button)])).toEqual([
    '[ERROR] `action_id` "approve" already exists [json-pointer:/blocks/0/elements/1/action_id]',
  ]);
  expect(blockProblems('home', [actions(button), actions(button)])).toEqual([]);
});

it('refuses two elements that both want the focus', () => {
  const focused = input({ type: 'datepicker', focus_on_load: true });
  expect(blockProblems('modal', [focused])).toEqual([]);
  expect(blockProblems('modal', [focused, focused])).toHaveLength(1);
});

it('accepts a modal with a submit button for its inputs', () => {
  const blocks = [{ ...input({ type: 'plain_text_input' }), hint: plain('Help'), optional: true }];
  expect(viewProblems(modal({ blocks, submit: plain('Save'), close: plain('Cancel') }))).toEqual([]);
});

it('wants a submit button on a modal with inputs', () => {
  const blocks = [section('x'), input({ type: 'plain_text_input' })];
  expect(viewProblems(modal({ blocks }))).toEqual([
    '[ERROR] must define `submit` to use an `input` block in modals [json-pointer:/view/blocks/1/input]',
  ]);
});

it('names what a view lacks and what it must not have', () => {
  expect(viewProblems({ type: 'modal' })).toEqual([
    '[ERROR] missing required field: title [json-pointer:/view]',
    '[ERROR] missing required field: blocks [json-pointer:/view]',
  ]);
  expect(viewProblems(modal({ submit_disabled: true }))).toEqual([
    '[ERROR] invalid additional property: submit_disabled [json-pointer:/view]',
  ]);
  expect(viewProblems({ type: 'home', title: plain('x'), blocks: [section('x')] })).toHaveLength(1);
  expect(viewProblems({ type: 'dialog' })).toEqual([
    '[ERROR] unsupported type: dialog [json-pointer:/view/type]',
  ]);
});

it('reports every problem at once', () => {
  const blocks = [section(''), { type: 'header', text: plain(x(151)) }, { type: 'nonsense' }];
  expect(blockProblems('home', blocks)).toHaveLength(3);
});

it('answers any JSON with problems that point into it, and never throws', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const problems = [...blockProblems('message', [value]), ...viewProblems(value)];
      return problems.every((each) => /^\[ERROR\] .+ \[json-pointer:\/(blocks|view).*\]$/s.test(each));
    }),
  );
});

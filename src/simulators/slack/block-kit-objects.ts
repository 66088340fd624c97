import { hasSome, oneOf } from './block-kit-rules.js';
import {
  anyText,
  BOOLEAN,
  choice,
  integer,
  list,
  NUMBER,
  object,
  plainText,
  someOf,
  text,
  textOrEmpty,
  typed,
  URL_FORMAT,
} from './block-kit-shapes.js';

// docs.slack.dev/reference/block-kit/composition-objects, one entry per page.

/** action_id, block_id, callback_id and external_id. */
export const ID = text(255);
export const URL_TEXT = text(3000, URL_FORMAT);
export const COLOUR = choice('primary', 'danger');
export const PLACEHOLDER = plainText(150);

export const CONFIRM = object({
  required: { title: plainText(100), text: anyText(300), confirm: plainText(30), deny: plainText(30) },
  optional: { style: COLOUR },
});

const optionValue = text(150);

/** Options of selects. */
export const OPTION = object({
  required: { text: plainText(75), value: optionValue },
  optional: { description: plainText(75) },
});

/** Options of checkboxes and radio buttons, which may be mrkdwn. */
export const MARKED_OPTION = object({
  required: { text: anyText(75), value: optionValue },
  optional: { description: anyText(75) },
});

/** Options of overflow menus, which may open a URL. */
export const LINK_OPTION = object({
  required: { text: plainText(75), value: optionValue },
  optional: { description: plainText(75), url: URL_TEXT },
});

export const OPTION_GROUP = object({
  required: { label: plainText(75), options: list(OPTION, 1, 100) },
});

export const CONVERSATION_FILTER = object({
  optional: {
    include: list(choice('im', 'mpim', 'private', 'public'), 1, 4),
    exclude_external_shared_channels: BOOLEAN,
    exclude_bot_users: BOOLEAN,
  },
  rules: [hasSome],
});

export const DISPATCH_ACTION_CONFIG = object({
  required: { trigger_actions_on: list(choice('on_enter_pressed', 'on_character_entered'), 1, 2) },
});

export const SLACK_FILE = object({
  optional: { id: text(), url: URL_TEXT },
  rules: [oneOf('id', 'url')],
});

// docs.slack.dev/reference/block-kit/blocks/rich-text-block

const styled = {
  style: object({
    optional: { bold: BOOLEAN, italic: BOOLEAN, strike: BOOLEAN, code: BOOLEAN, underline: BOOLEAN },
  }),
};

const RICH_TEXT_LEAVES = {
  text: { required: { text: text() }, optional: styled },
  link: { required: { url: URL_TEXT }, optional: { text: textOrEmpty(), unsafe: BOOLEAN, ...styled } },
  user: { required: { user_id: text() }, optional: styled },
  usergroup: { required: { usergroup_id: text() }, optional: styled },
  team: { required: { team_id: text() }, optional: styled },
  channel: { required: { channel_id: text() }, optional: styled },
  emoji: { required: { name: text() }, optional: { unicode: text(), url: URL_TEXT, ...styled } },
  broadcast: { required: { range: choice('here', 'channel', 'everyone') }, optional: styled },
  color: { required: { value: text() }, optional: styled },
  date: {
    required: { timestamp: NUMBER, format: text() },
    optional: { url: URL_TEXT, fallback: text(), ...styled },
  },
};

const border = choice(0, 1);
const leaves = list(typed(RICH_TEXT_LEAVES));
const RICH_TEXT_SECTION = { rich_text_section: { required: { elements: leaves } } };

/** The four things a rich_text block is made of. */
const RICH_TEXT_ELEMENTS = typed({
  ...RICH_TEXT_SECTION,
  rich_text_list: {
    required: { style: choice('bullet', 'ordered'), elements: list(typed(RICH_TEXT_SECTION), 1) },
    optional: { indent: integer(0, 8), offset: integer(0), border },
  },
  rich_text_preformatted: {
    required: { elements: list(someOf(RICH_TEXT_LEAVES, ['text', 'link'])) },
    optional: { border, language: text() },
  },
  rich_text_quote: { required: { elements: leaves }, optional: { border } },
});

/** The rich_text block, also a table cell and the initial value of a rich_text_input. */
export const RICH_TEXT = {
  rich_text: { required: { elements: list(RICH_TEXT_ELEMENTS) }, optional: { block_id: ID } },
};

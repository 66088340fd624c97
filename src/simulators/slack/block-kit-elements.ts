import {
  COLOUR,
  CONFIRM,
  CONVERSATION_FILTER,
  DISPATCH_ACTION_CONFIG,
  ID,
  LINK_OPTION,
  MARKED_OPTION,
  OPTION,
  OPTION_GROUP,
  PLACEHOLDER,
  RICH_TEXT,
  SLACK_FILE,
  URL_TEXT,
} from './block-kit-objects.js';
import { initialIsOffered, lengthsAgree, numbersAgree, oneOf } from './block-kit-rules.js';
import {
  BOOLEAN,
  DATE,
  DECIMAL,
  formatted,
  integer,
  list,
  plainText,
  someOf,
  text,
  textOrEmpty,
  TIME,
  typed,
} from './block-kit-shapes.js';

const acting = { action_id: ID };
const confirming = { ...acting, confirm: CONFIRM };
const choosing = { ...confirming, focus_on_load: BOOLEAN };
const selecting = { ...choosing, placeholder: PLACEHOLDER };
const selectingMany = { ...selecting, max_selected_items: integer(1) };
const typing = {
  ...acting,
  focus_on_load: BOOLEAN,
  placeholder: PLACEHOLDER,
  dispatch_action_config: DISPATCH_ACTION_CONFIG,
};
const offering = { options: list(OPTION, 1, 100), option_groups: list(OPTION_GROUP, 1, 100) };
const offers = [oneOf('options', 'option_groups'), initialIsOffered];
const ids = list(text(), 1);

/** docs.slack.dev/reference/block-kit/block-elements, one entry per page (select menus: one per kind). */
export const ELEMENTS = {
  button: {
    required: { text: plainText(75) },
    optional: {
      ...confirming,
      url: URL_TEXT,
      value: text(2000),
      style: COLOUR,
      accessibility_label: text(75),
    },
  },
  checkboxes: {
    required: { options: list(MARKED_OPTION, 1, 10) },
    optional: { ...choosing, initial_options: list(MARKED_OPTION, 1, 10) },
    rules: [initialIsOffered],
  },
  radio_buttons: {
    required: { options: list(MARKED_OPTION, 1, 10) },
    optional: { ...choosing, initial_option: MARKED_OPTION },
    rules: [initialIsOffered],
  },
  overflow: { required: { options: list(LINK_OPTION, 1, 5) }, optional: confirming },

  datepicker: { optional: { ...selecting, initial_date: formatted(DATE) } },
  timepicker: { optional: { ...selecting, initial_time: formatted(TIME), timezone: text() } },
  /** Unix seconds of ten digits. */
  datetimepicker: {
    optional: { ...choosing, initial_date_time: integer(1_000_000_000, 9_999_999_999) },
  },

  static_select: { optional: { ...selecting, ...offering, initial_option: OPTION }, rules: offers },
  external_select: {
    optional: { ...selecting, initial_option: OPTION, min_query_length: integer(0) },
  },
  users_select: { optional: { ...selecting, initial_user: text() } },
  conversations_select: {
    optional: {
      ...selecting,
      initial_conversation: text(),
      default_to_current_conversation: BOOLEAN,
      response_url_enabled: BOOLEAN,
      filter: CONVERSATION_FILTER,
    },
  },
  channels_select: { optional: { ...selecting, initial_channel: text(), response_url_enabled: BOOLEAN } },

  multi_static_select: {
    optional: { ...selectingMany, ...offering, initial_options: list(OPTION, 1, 100) },
    rules: offers,
  },
  multi_external_select: {
    optional: { ...selectingMany, initial_options: list(OPTION, 1, 100), min_query_length: integer(0) },
  },
  multi_users_select: { optional: { ...selectingMany, initial_users: ids } },
  multi_conversations_select: {
    optional: {
      ...selectingMany,
      initial_conversations: ids,
      default_to_current_conversation: BOOLEAN,
      filter: CONVERSATION_FILTER,
    },
  },
  multi_channels_select: { optional: { ...selectingMany, initial_channels: ids } },

  plain_text_input: {
    optional: {
      ...typing,
      initial_value: textOrEmpty(3000),
      multiline: BOOLEAN,
      min_length: integer(0, 3000),
      max_length: integer(1, 3000),
    },
    rules: [lengthsAgree],
  },
  email_text_input: { optional: { ...typing, initial_value: textOrEmpty() } },
  url_text_input: { optional: { ...typing, initial_value: textOrEmpty() } },
  number_input: {
    required: { is_decimal_allowed: BOOLEAN },
    optional: {
      ...typing,
      initial_value: formatted(DECIMAL),
      min_value: formatted(DECIMAL),
      max_value: formatted(DECIMAL),
    },
    rules: [numbersAgree],
  },
  rich_text_input: {
    required: acting,
    optional: {
      ...typing,
      initial_value: typed(RICH_TEXT),
      min_lines: integer(1, 100),
      max_lines: integer(1, 100),
    },
  },
  file_input: { optional: { ...acting, filetypes: list(text(), 1), max_files: integer(1, 10) } },

  image: {
    required: { alt_text: text(2000) },
    optional: { image_url: URL_TEXT, slack_file: SLACK_FILE },
    rules: [oneOf('image_url', 'slack_file')],
  },
};

const PICKED = [
  'checkboxes',
  'radio_buttons',
  'datepicker',
  'timepicker',
  'static_select',
  'external_select',
  'users_select',
  'conversations_select',
  'channels_select',
  'multi_static_select',
  'multi_external_select',
  'multi_users_select',
  'multi_conversations_select',
  'multi_channels_select',
] as const;
const TYPED = [
  'plain_text_input',
  'email_text_input',
  'url_text_input',
  'number_input',
  'rich_text_input',
] as const;

/** Which elements each place takes. */
export const ACCESSORY = someOf(ELEMENTS, ['button', 'overflow', 'image', ...PICKED]);
export const ACTION = someOf(ELEMENTS, [
  'button',
  'overflow',
  'datetimepicker',
  'rich_text_input',
  ...PICKED,
]);
export const INPUT = someOf(ELEMENTS, [...TYPED, 'file_input', 'datetimepicker', ...PICKED]);

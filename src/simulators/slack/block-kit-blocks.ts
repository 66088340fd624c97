import { ACCESSORY, ACTION, ELEMENTS, INPUT } from './block-kit-elements.js';
import { ID, RICH_TEXT, SLACK_FILE, URL_TEXT } from './block-kit-objects.js';
import { cellsFit, fileInputDoesNotDispatch, hasTextOrFields, oneOf } from './block-kit-rules.js';
import {
  anyText,
  BOOLEAN,
  choice,
  HTTPS,
  integer,
  list,
  nullable,
  NUMBER,
  object,
  type ObjectShape,
  plainText,
  type Shape,
  someOf,
  text,
  textOrEmpty,
  textTypes,
  typed,
} from './block-kit-shapes.js';

export type Surface = 'message' | 'modal' | 'home';

const identified = { block_id: ID };
const httpsUrl = text(3000, HTTPS);
const contextElement = typed({ image: ELEMENTS.image, ...textTypes(3000) });
const cell = typed({
  ...RICH_TEXT,
  raw_text: { required: { text: text() } },
  raw_number: { required: { value: NUMBER, text: text() } },
});

/** docs.slack.dev/reference/block-kit/blocks, one entry per page. */
const BLOCKS = {
  actions: { required: { elements: list(ACTION, 1, 25) }, optional: identified },
  context: { required: { elements: list(contextElement, 1, 10) }, optional: identified },
  divider: { optional: identified },
  header: { required: { text: plainText(150) }, optional: { ...identified, level: integer(1, 4) } },
  image: {
    required: { alt_text: text(2000) },
    optional: { ...identified, image_url: URL_TEXT, slack_file: SLACK_FILE, title: plainText(2000) },
    rules: [oneOf('image_url', 'slack_file')],
  },
  input: {
    required: { label: plainText(2000), element: INPUT },
    optional: { ...identified, hint: plainText(2000), optional: BOOLEAN, dispatch_action: BOOLEAN },
    rules: [fileInputDoesNotDispatch],
  },
  markdown: { required: { text: text(12_000) }, optional: identified },
  ...RICH_TEXT,
  section: {
    optional: {
      ...identified,
      text: anyText(3000),
      fields: list(anyText(2000), 1, 10),
      accessory: ACCESSORY,
      expand: BOOLEAN,
    },
    rules: [hasTextOrFields],
  },
  table: {
    required: { rows: list(list(cell, 1, 20), 1, 100) },
    optional: {
      ...identified,
      column_settings: list(
        nullable(object({ optional: { align: choice('left', 'center', 'right'), is_wrapped: BOOLEAN } })),
        0,
        20,
      ),
    },
    rules: [cellsFit],
  },
  video: {
    required: { alt_text: text(), title: plainText(199), thumbnail_url: URL_TEXT, video_url: httpsUrl },
    optional: {
      ...identified,
      author_name: text(49),
      description: plainText(199),
      provider_icon_url: URL_TEXT,
      provider_name: text(),
      title_url: httpsUrl,
    },
  },
};

const EVERYWHERE = [
  'actions',
  'context',
  'divider',
  'header',
  'image',
  'input',
  'rich_text',
  'section',
  'video',
] as const;

/** The list of blocks each surface takes. Blocks outside these tables (card, alert, ...) are refused. */
export const BLOCK_LISTS: Readonly<Record<Surface, Shape>> = {
  message: list(someOf(BLOCKS, [...EVERYWHERE, 'markdown', 'table']), 0, 50),
  modal: list(someOf(BLOCKS, EVERYWHERE), 1, 100),
  home: list(someOf(BLOCKS, EVERYWHERE), 1, 100),
};

const viewFields = {
  private_metadata: textOrEmpty(3000),
  callback_id: textOrEmpty(255),
  external_id: textOrEmpty(255),
};

/** docs.slack.dev/reference/views: modal and Home tab views. */
export const VIEWS: Readonly<Record<'modal' | 'home', ObjectShape>> = {
  modal: {
    required: { title: plainText(24), blocks: BLOCK_LISTS.modal },
    optional: {
      ...viewFields,
      close: plainText(24),
      submit: plainText(24),
      clear_on_close: BOOLEAN,
      notify_on_close: BOOLEAN,
    },
  },
  home: { required: { blocks: BLOCK_LISTS.home }, optional: viewFields },
};

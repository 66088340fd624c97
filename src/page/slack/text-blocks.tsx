import { type Block, Message } from 'slack-blocks-to-jsx';
import 'slack-blocks-to-jsx/dist/style.css';
import { use } from 'react';
import type { Fields } from '../../simulators/slack/json.js';
import { LookContext } from './look.js';

const KNOWN = [
  'section',
  'divider',
  'image',
  'context',
  'header',
  'rich_text',
  'video',
  'table',
  'file',
  'markdown',
  'alert',
  'card',
  'carousel',
  'container',
  'plan',
  'task_card',
  'data_visualization',
];

/** Blocks that only say something. What the renderer does not know is named, where it would draw nothing. */
export function TextBlocks({ blocks }: { readonly blocks: readonly Fields[] }) {
  const { theme, users, channels, groups } = use(LookContext);
  const unknown = blocks.filter(({ type }) => !KNOWN.includes(String(type)));
  if (unknown.length > 0) return <p className="undrawn">A block of type {String(unknown[0]?.['type'])}</p>;
  return (
    <Message
      withoutWrapper
      theme={theme}
      blocks={blocks.map(marked)}
      logo="./icon.svg"
      name="Plumbline"
      data={{ users: [...users], channels: [...channels], user_groups: [...groups] }}
      hooks={{ date: ({ fallback }) => <time>{fallback}</time> }}
    />
  );
}

/**
 * Slack docs: `verbatim` only keeps plain words from becoming links and mentions. The renderer takes it for plain text, so
 * it is left out here.
 */
function marked(block: Fields): Block {
  return JSON.parse(
    JSON.stringify(block, (key, value: unknown) => (key === 'verbatim' ? undefined : value)),
  ) as Block;
}

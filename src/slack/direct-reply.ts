import type { Message } from './blocks/kit.js';
import type { SlackTools } from './conversation.js';

/** Answers in a person's direct messages: for the Home tab and for forms, which have no address to answer to. */
export function directReply(
  { client }: Pick<SlackTools, 'client'>,
  userId: string,
): (message: Message) => Promise<void> {
  return async ({ text, blocks }) => {
    await client.chat.postMessage({
      channel: userId,
      text,
      blocks,
      unfurl_links: false,
      unfurl_media: false,
    });
  };
}

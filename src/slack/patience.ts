import { setTimeout as sleep } from 'node:timers/promises';
import { answer } from './blocks/answers.js';
import type { Message } from './blocks/kit.js';

const PATIENCE_MS = 2_000;

/** Answers with what `work` comes to; where that takes more than 2 s, says `meanwhile` first. */
export async function replyWhenReady(
  reply: (message: Message) => Promise<void>,
  meanwhile: string,
  work: () => Promise<Message>,
): Promise<void> {
  const result = work();
  const isSlow = await Promise.race([
    result.then(
      () => false,
      () => false,
    ),
    sleep(PATIENCE_MS, true, { ref: false }),
  ]);
  if (isSlow) await reply(answer(meanwhile)).catch(() => undefined);
  await reply(await result);
}

import { listRuleFaults } from '../changes/rule-fault-store.js';
import type { Ctx } from '../ctx.js';
import { withLease } from '../fleet/lease.js';
import { mendedMessage, ruleMessage } from './blocks/rule-words.js';
import { findMessage, type MessageKey, unmendedRules } from './message-store.js';
import type { Outbox } from './outbox.js';

/** The one revision of a message that never changes. */
const REVISION = 1;

interface NoticeDesk {
  readonly ctx: Pick<Ctx, 'db' | 'now' | 'holder' | 'log'>;
  readonly outbox: Outbox;
  /** The id of the approvals channel. */
  readonly channel: string;
}

/**
 * Tells the approvals channel once of every rule that nobody can satisfy, and in the thread when it is mended. Called any
 * number of times.
 */
export async function announceRules({ ctx, outbox, channel }: NoticeDesk): Promise<void> {
  await withLease(ctx, 'slack:rules', async () => {
    const faults = await listRuleFaults(ctx.db);
    for (const { rule, because, since } of faults) {
      const key = keyOf(`${since} ${rule}`, 'fault');
      if ((await findMessage(ctx.db, key))?.ts != null) continue;
      await outbox.publish({ key, revision: REVISION, channel, message: ruleMessage(because) });
    }
    const open = new Set(faults.map(({ rule, since }) => `${since} ${rule}`));
    for (const { id, ts } of await unmendedRules(ctx.db)) {
      if (open.has(id)) continue;
      const rule = id.slice(id.indexOf(' ') + 1);
      const key = keyOf(id, 'mended');
      await outbox.publish({ key, revision: REVISION, channel, message: mendedMessage(rule), threadTs: ts });
    }
  });
}

/** A rule may fail again and again: each time it is named by when that began. */
function keyOf(id: string, audience: 'fault' | 'mended'): MessageKey {
  return { kind: 'rule', id, audience };
}

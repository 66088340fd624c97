import { type Lasting, warnedOf } from '../baseline/ending-store.js';
import { desiredFor, type Rule } from '../baseline/rules.js';
import { currentBaseline } from '../baseline/store.js';
import { type Ctx, timestamp } from '../ctx.js';
import { covers } from '../fleet/covers.js';
import { endingMessage } from './blocks/ending-message.js';
import { findMessage, type MessageKey, saveUnpostable } from './message-store.js';
import { reportChannel, type ReportDesk } from './report-channel.js';

/**
 * Warns once that what a request granted, exceptions or a pause, ends soon: in the channel of its PBX where it is for one,
 * else in that of all reports. What is over by now, or was ended early, is not mentioned.
 */
export async function announceEnding(desk: ReportDesk, requestId: string): Promise<void> {
  const { ctx, config, outbox } = desk;
  const key: MessageKey = { kind: 'ending', id: requestId, audience: 'warning' };
  if ((await findMessage(ctx.db, key))?.ts != null) return;
  const ending = (await warnedOf(ctx.db, requestId)).filter(({ untilAt }) => untilAt > timestamp(ctx));
  const [first, ...others] = ending;
  const isOne = others.every(({ target }) => target === first?.target);
  const channel = isOne ? reportChannel(ctx, config, first?.target ?? '') : config.reportsChannel;
  if (first === undefined) return saveUnpostable(ctx.db, key, channel, timestamp(ctx));
  const nameOf = (pbxId: string): string => ctx.pbxs.find((pbx) => pbx.id === pbxId)?.name ?? pbxId;
  const rulesOf = await ruleFinder(ctx);
  const message = endingMessage([first, ...others], { nameOf, rulesOf });
  await outbox.publish({ key, revision: 1, channel, message });
}

/** Which rules come into force again where an exception ends: one for each thing that is asked of any of its PBXs. */
async function ruleFinder(
  ctx: Pick<Ctx, 'db' | 'now' | 'pbxs'>,
): Promise<(lasting: Pick<Lasting, 'key' | 'target'>) => readonly Rule[]> {
  const baseline = await currentBaseline(ctx.db);
  return ({ key, target }) => {
    const pbxs = ctx.pbxs.filter((pbx) => covers(target, pbx));
    const rules = pbxs.flatMap((pbx) =>
      desiredFor(baseline, [], pbx, ctx.now()).flatMap(({ rule }) => (rule.key === key ? [rule] : [])),
    );
    return [...new Map(rules.map((rule) => [JSON.stringify([rule.value, rule.mode]), rule])).values()];
  };
}

import { inspectPbx } from '../../drift/inspect.js';
import { findLastReport } from '../../drift/queries.js';
import { reportOf } from '../../drift/report.js';
import { currentBaseline } from '../../baseline/store.js';
import { selectPbxs } from '../../fleet/pbx.js';
import type { Ctx } from '../../ctx.js';
import { answer } from '../blocks/answers.js';
import { checkMessage, detailMessages, sweepMessage } from '../blocks/report.js';
import type { Conversation } from '../conversation.js';

const DETAILS_SHOWN = 1;

/** Drift: looking now, and the report of the last sweep. */
export const drift: Conversation = {
  commands: [
    {
      command: '/pbx-drift',
      verb: 'check',
      usage: '/pbx-drift check [pbx, tag:name or all]',
      help: 'Compares PBXs with the baseline now; only reads.',
      run: async ({ ctx, words, reply }) => {
        const pbxs = selectPbxs(ctx, words.args[0] ?? 'all');
        if ((await currentBaseline(ctx.db)).version === 0) {
          return reply(
            answer('There is no baseline yet, so nothing can drift. Take one with `/pbx-baseline capture`.'),
          );
        }
        const inspected = await Promise.all(
          pbxs.map(async (pbx) => ({
            pbxId: pbx.id,
            outcomes: [],
            failure: null,
            ...(await inspectPbx(ctx, pbx)),
          })),
        );
        await reply(checkMessage(reportOf(inspected), nameIn(ctx)));
      },
    },
    {
      command: '/pbx-drift',
      verb: 'report',
      usage: '/pbx-drift report',
      help: 'Shows the report of the last sweep.',
      run: async ({ ctx, reply }) => {
        const last = await findLastReport(ctx.db);
        if (last === undefined) return reply(answer('No sweep has ended yet.'));
        const summary = sweepMessage(last, nameIn(ctx));
        const details = detailMessages(last.report, nameIn(ctx)).slice(0, DETAILS_SHOWN);
        await reply({
          text: summary.text,
          blocks: [...summary.blocks, ...details.flatMap(({ blocks }) => blocks)],
        });
      },
    },
  ],
};

function nameIn(ctx: Ctx): (pbxId: string) => string {
  return (pbxId) => ctx.pbxs.find(({ id }) => id === pbxId)?.name ?? pbxId;
}

import type { webApi } from '@slack/bolt';
import { listRequests } from '../../changes/queries.js';
import { currentBaseline } from '../../baseline/store.js';
import type { Ctx } from '../../ctx.js';
import { findLastReport } from '../../drift/queries.js';
import { nextDue } from '../../jobs/due.js';
import { requestLine } from '../blocks/change-card.js';
import { actions, button, context, divider, header, section, sections, type View } from '../blocks/kit.js';
import { time } from '../blocks/people.js';
import { coverage } from '../blocks/report.js';

const SHOWN = 10;

/** Shows a person the Home tab: what waits, the last sweep, the next one. */
export async function publishHome(ctx: Ctx, client: webApi.WebClient, userId: string): Promise<void> {
  await client.views.publish({ user_id: userId, view: await homeView(ctx) });
}

async function homeView(ctx: Ctx): Promise<View> {
  const open = await listRequests(ctx.db, { states: ['pending', 'approved', 'applying'], limit: SHOWN });
  const last = await findLastReport(ctx.db);
  const baseline = await currentBaseline(ctx.db);
  const due = nextDue(ctx.schedule, ctx.now());
  const nameOf = (pbxId: string): string => ctx.pbxs.find(({ id }) => id === pbxId)?.name ?? pbxId;
  const waiting = open.map((request) => `• ${requestLine(request, nameOf(request.pbxId))}`);
  return {
    type: 'home',
    blocks: [
      header('Plumbline'),
      section(
        `${ctx.pbxs.length} ${ctx.pbxs.length === 1 ? 'PBX' : 'PBXs'}, ${baseline.version === 0 ? 'no baseline yet' : `baseline v${baseline.version}`}`,
      ),
      section(last === undefined ? 'No sweep has ended yet.' : `Last sweep: ${coverage(last.report)}`),
      context(due === null ? 'No sweep is planned.' : `Next sweep ${time(due.toISOString())}`),
      divider(),
      ...sections(['*Open requests*', ...(waiting.length === 0 ? ['No request is open.'] : waiting)]),
      actions(button('show.pick', 'Show settings', 'all')),
    ],
  };
}

import type { webApi } from '@slack/bolt';
import { currentBaseline } from '../../baseline/store.js';
import { listRequests } from '../../changes/queries.js';
import type { Ctx } from '../../ctx.js';
import { findLastReport } from '../../drift/queries.js';
import { nextDue } from '../../jobs/due.js';
import { requestLine } from '../blocks/change-words.js';
import { actions, button, context, divider, header, section, sections, type View } from '../blocks/kit.js';
import { time } from '../blocks/people.js';
import { coverage } from '../blocks/report.js';
import { counted } from '../blocks/text.js';
import { pbxNames } from './scope.js';

const SHOWN = 10;

/** Shows a person the Home tab: what waits, the last sweep, the next one. */
export async function publishHome(ctx: Ctx, client: webApi.WebClient, userId: string): Promise<void> {
  await client.views.publish({ user_id: userId, view: await homeView(ctx) });
}

async function homeView(ctx: Ctx): Promise<View> {
  const last = await findLastReport(ctx.db);
  const baseline = await currentBaseline(ctx.db);
  const due = nextDue(ctx.schedule, ctx.now());
  const held = baseline.version === 0 ? 'no baseline yet' : `baseline v${baseline.version}`;
  return {
    type: 'home',
    blocks: [
      header('Plumbline'),
      section(`${counted(ctx.pbxs.length, 'PBX')}, ${held}`),
      section(last === undefined ? 'No sweep has ended yet.' : `Last sweep: ${coverage(last.report)}`),
      context(due === null ? 'No sweep is planned.' : `Next sweep ${time(due.toISOString())}`),
      divider(),
      ...sections(['*Open requests*', ...(await waiting(ctx))]),
      actions(
        button('show.pick', 'Show settings', 'all'),
        button('requests.list', 'Open requests', 'open'),
        button('baseline.show', 'Show the baseline', 'all'),
        button('drift.check', 'Check for drift', 'all'),
        button('drift.report', 'Last drift report', 'last'),
      ),
      context(
        'Answers to these buttons come as direct messages. Type `/pbx help` for all that Plumbline can do.',
      ),
    ],
  };
}

async function waiting(ctx: Ctx): Promise<readonly string[]> {
  const nameOf = pbxNames(ctx);
  const open = await listRequests(ctx.db, { states: ['pending', 'approved', 'applying'], limit: SHOWN + 1 });
  if (open.length === 0) return ['No request is open.'];
  const lines = open.slice(0, SHOWN).map((request) => `• ${requestLine(request, nameOf(request.pbxId))}`);
  return open.length > SHOWN ? [...lines, 'and more: `/pbx requests` lists them.'] : lines;
}

import { findSweepReport, type SweepReport } from '../drift/queries.js';
import { findOpenSweep } from '../drift/store.js';
import { startSweep } from '../drift/sweep.js';
import { UserError } from '../errors.js';
import { examples, operatorOf, printJson, printLines, type Shell, withPlumbline } from './command.js';
import { openReviews, reviewLines, reviewsJson } from './open-reviews.js';
import { reportExitCode, reportJson, reportLines, requireBaseline } from './report.js';
import type { Opened, World } from './world.js';

/** `plumbline sweep`: compare the fleet with the baseline and correct what is enforced, as the schedule does. */
export function addSweep(shell: Shell): void {
  shell.program
    .command('sweep')
    .description('Compare every PBX with the baseline and correct what is to be enforced, now.')
    .option('--json', 'as JSON')
    .addHelpText('after', HELP)
    .action((options: { readonly json?: true }) => sweepNow(shell, options.json === true));
}

function sweepNow(shell: Shell, isJson: boolean): Promise<void> {
  const { world } = shell;
  return withPlumbline(shell, async (app) => {
    await requireBaseline(app.ctx.db);
    const id = await startOrResume(app, world);
    await app.idle();
    const ended = await findSweepReport(app.ctx.db, id);
    if (ended === undefined || ended.sweep.state !== 'finished') {
      throw new UserError('conflict', 'The sweep is not finished yet.', {
        mend: 'Run plumbline sweep again, or leave it to plumbline serve.',
      });
    }
    await tell(app, world, ended, isJson);
    return reportExitCode(ended.report);
  });
}

async function tell(
  { ctx }: Opened,
  world: World,
  { sweep, report }: SweepReport,
  isJson: boolean,
): Promise<void> {
  const reviews = await openReviews(ctx.db);
  if (isJson) printJson(world, { sweep, ...reportJson(report), openReviews: reviewsJson(reviews) });
  else printLines(world, [`Sweep #${sweep.number}`, ...reportLines(report), ...reviewLines(reviews)]);
}

/** There is never more than one sweep: one that another process began, or left behind, is taken to its end. */
async function startOrResume({ ctx }: Opened, world: World): Promise<string> {
  const open = await findOpenSweep(ctx.db);
  if (open === undefined) return startSweep(ctx, { kind: 'person', actor: operatorOf(world).actor });
  world.err(`Sweep #${open.number} is under way already; this is its report.\n`);
  ctx.wake({ kind: 'sweep', id: open.id });
  return open.id;
}

const HELP = `${examples('sweep', 'sweep --json')}
Exit codes: 0 in sync (now), 2 something is still drifted, 1 something could not be read or went wrong.
`;

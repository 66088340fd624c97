import type { Command } from 'commander';
import { findSweepReport, type SweepReport } from '../drift/queries.js';
import { type Decider, dismissSweep, getHeldSweep, rearmSetting, releaseSweep } from '../drift/release.js';
import { findOpenSweep, type Hold, type Sweep } from '../drift/store.js';
import { startSweep } from '../drift/sweep.js';
import { UserError } from '../errors.js';
import { getPbx } from '../fleet/pbx.js';
import { getSetting } from '../settings/catalogue.js';
import {
  examples,
  notice,
  operatorOf,
  printJson,
  printLines,
  requestNumber,
  type Shell,
  withPlumbline,
} from './command.js';
import { openReviews, reviewLines, reviewsJson } from './open-reviews.js';
import { reportExitCode, reportJson, reportLines, requireBaseline } from './report.js';
import { holdLines } from './sweep-words.js';
import type { ExitCode, Opened, World } from './world.js';

/** `plumbline sweep`: compare the fleet with the baseline and correct what is enforced, as the schedule does. */
export function addSweep(shell: Shell): void {
  const sweep = shell.program
    .command('sweep')
    .description('Compare every PBX with the baseline and correct what is to be enforced, now.')
    .option('--json', 'as JSON: {sweep, verdict, checked, counts, unreadablePbxs, pbxs, openReviews}')
    .addHelpText('after', HELP)
    .action((options: { readonly json?: true }) => sweepNow(shell, options.json === true));
  addDecisions(shell, sweep);
}

function addDecisions(shell: Shell, sweep: Command): void {
  sweep
    .command('release')
    .description('Make the corrections that a held sweep showed; every value is read again first.')
    .argument('[number]', 'which sweep (default: the one that waits)', requestNumber)
    .option('--json', 'as JSON, as plumbline sweep')
    .action((number: number | undefined, options: { readonly json?: true }) =>
      release(shell, number, options.json === true),
    );
  sweep
    .command('dismiss')
    .description('End a held sweep without the corrections that wait.')
    .argument('[number]', 'which sweep (default: the one that waits)', requestNumber)
    .action((number: number | undefined) => dismiss(shell, number));
  sweep
    .command('rearm')
    .description('Let the next sweep correct a setting again that was left alone.')
    .argument('<pbx>', 'which PBX')
    .argument('<setting>', 'which setting, such as EnableChat')
    .action((pbx: string, setting: string) => rearm(shell, pbx, setting));
}

function sweepNow(shell: Shell, isJson: boolean): Promise<void> {
  return withPlumbline(shell, async (app) => {
    await requireBaseline(app.ctx.db);
    return tellOf(app, shell.world, await startOrResume(app, shell.world), isJson);
  });
}

function release(shell: Shell, number: number | undefined, isJson: boolean): Promise<void> {
  return withPlumbline(shell, async (app) => {
    const held = await getHeldSweep(app.ctx, number);
    await releaseSweep(app.ctx, held, deciderOf(shell.world));
    return tellOf(app, shell.world, held.id, isJson);
  });
}

function dismiss(shell: Shell, number: number | undefined): Promise<void> {
  return withPlumbline(shell, async (app) => {
    const held = await getHeldSweep(app.ctx, number);
    await dismissSweep(app.ctx, held, deciderOf(shell.world));
    await app.idle();
    printLines(shell.world, [`Sweep #${held.number} was dismissed. What waited in it was not corrected.`]);
    return 0;
  });
}

function rearm(shell: Shell, pbxId: string, key: string): Promise<void> {
  return withPlumbline(shell, async ({ ctx }) => {
    const [pbx, setting] = [getPbx(ctx, pbxId), getSetting(key)];
    await rearmSetting(ctx, { pbxId: pbx.id, key: setting.key }, deciderOf(shell.world));
    printLines(shell.world, [`The next sweep corrects ${setting.label} on ${pbx.name} again.`]);
    return 0;
  });
}

function deciderOf(world: World): Decider {
  return operatorOf(world);
}

/** Waits for what is under way and tells how the sweep stands then. */
async function tellOf(app: Opened, world: World, id: string, isJson: boolean): Promise<ExitCode> {
  await app.idle();
  const found = await findSweepReport(app.ctx.db, id);
  if (found === undefined || !isSettled(found.sweep)) {
    throw new UserError('conflict', 'The sweep is not finished yet.', {
      mend: 'Run plumbline sweep again, or leave it to plumbline serve.',
    });
  }
  await tell(app, world, found, isJson);
  return reportExitCode(found.report);
}

function isSettled({ state }: Sweep): boolean {
  return state === 'finished' || state === 'held';
}

async function tell(
  { ctx }: Opened,
  world: World,
  { sweep, report }: SweepReport,
  isJson: boolean,
): Promise<void> {
  const reviews = await openReviews(ctx.db);
  if (isJson) printJson(world, { sweep, ...reportJson(report), openReviews: reviewsJson(reviews) });
  else {
    const held: Hold | null = sweep.state === 'held' ? sweep.hold : null;
    const waiting = held === null ? [] : holdLines(sweep.number, held);
    printLines(world, [
      `Sweep #${sweep.number}`,
      ...reportLines(report),
      ...waiting,
      ...reviewLines(reviews),
    ]);
  }
}

/** There is never more than one sweep: one that another process began, or left behind, is taken to its end. */
async function startOrResume({ ctx }: Opened, world: World): Promise<string> {
  const open = await findOpenSweep(ctx.db);
  if (open === undefined) return startSweep(ctx, { kind: 'person', actor: operatorOf(world).actor });
  notice(world, [`Sweep #${open.number} is under way already; this is its report.`]);
  ctx.wake({ kind: 'sweep', id: open.id });
  return open.id;
}

const HELP = `${examples('sweep', 'sweep --json', 'sweep release', 'sweep rearm hq EnableChat')}
A sweep that would change too much, or what a new rule would change first, waits for a person: it ends as held and says
why. Release it or dismiss it, in Slack or here; the next sweep takes its place.

Exit codes: 0 in sync (now), 2 something is still drifted, corrections that wait for a release among it, 1 something
could not be read or went wrong.
`;

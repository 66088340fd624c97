import { reportCsv } from '../drift/export.js';
import { findLastReport, findSweepReport, type SweepReport } from '../drift/queries.js';
import { findSweepByNumber } from '../drift/store.js';
import type { Ctx } from '../ctx.js';
import { UserError } from '../errors.js';
import {
  examples,
  printJson,
  printLines,
  requestNumber,
  type Shell,
  notice,
  withPlumbline,
} from './command.js';
import { openOutput } from './output-file.js';
import { reportExitCode, reportJson, reportLines } from './report.js';
import { holdLines, sweepLine } from './sweep-words.js';
import type { World } from './world.js';

interface ReportOptions {
  readonly json?: true;
  readonly csv?: string;
  readonly force?: true;
}

/** `plumbline report`: what a sweep found, without looking at any PBX again. */
export function addReport(shell: Shell): void {
  shell.program
    .command('report')
    .description('Show what a sweep found. Asks no PBX.')
    .argument('[number]', 'which sweep (default: the last one)', requestNumber)
    .option('--json', 'as JSON: {sweep, verdict, checked, counts, unreadablePbxs, pbxs}')
    .option('--csv <file>', 'write a row a setting to a CSV file')
    .option('--force', 'replace the file where there is one')
    .addHelpText('after', HELP)
    .action((number: number | undefined, options: ReportOptions) => show(shell, number, options));
}

function show(shell: Shell, number: number | undefined, options: ReportOptions): Promise<void> {
  return withPlumbline(shell, async ({ ctx }) => {
    const found = await getReport(ctx, number);
    if (options.csv !== undefined)
      await writeCsv(ctx, shell.world, found, options.csv, options.force === true);
    else if (options.json === true)
      printJson(shell.world, { sweep: found.sweep, ...reportJson(found.report) });
    else printLines(shell.world, linesOf(found));
    return reportExitCode(found.report);
  });
}

async function getReport({ db }: Ctx, number: number | undefined): Promise<SweepReport> {
  if (number === undefined) {
    const last = await findLastReport(db);
    if (last !== undefined) return last;
    throw new UserError('not-found', 'There was no sweep yet.', { mend: 'Begin one: plumbline sweep' });
  }
  const sweep = await findSweepByNumber(db, number);
  const found = sweep === undefined ? undefined : await findSweepReport(db, sweep.id);
  if (found !== undefined) return found;
  throw new UserError('not-found', `There is no sweep #${number}.`, {
    mend: 'The last one: plumbline report',
  });
}

async function writeCsv(
  ctx: Ctx,
  world: World,
  found: SweepReport,
  path: string,
  isReplacing: boolean,
): Promise<void> {
  const nameOf = (pbxId: string): string => ctx.pbxs.find(({ id }) => id === pbxId)?.name ?? pbxId;
  const file = await openOutput(world, path, { field: '--csv', isReplacing });
  try {
    await file.write(reportCsv(found, { nameOf }));
    await file.close();
  } catch (error) {
    await file.discard();
    throw error;
  }
  notice(world, [`Wrote the report of sweep #${found.sweep.number} to ${path}.`]);
}

function linesOf({ sweep, report }: SweepReport): readonly string[] {
  const waiting = sweep.state === 'held' && sweep.hold !== null ? holdLines(sweep.number, sweep.hold) : [];
  return [sweepLine(sweep), ...reportLines(report), ...waiting];
}

const HELP = `${examples('report', 'report 12 --json', 'report --csv drift.csv')}
Exit codes are those of plumbline sweep: 0 in sync, 2 drifted, 1 something could not be read or went wrong.
`;

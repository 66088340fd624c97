import { type DriftNow, findDriftNow, type PeriodNow } from '../drift/now-queries.js';
import { lineStatuses, statusWords } from '../drift/report.js';
import type { Sweep } from '../drift/store.js';
import { stopWords } from '../fleet/stop.js';
import { nextDue } from '../jobs/due.js';
import { timeWords } from '../settings/time-words.js';
import { examples, printJson, printLines, type Shell, withPlumbline } from './command.js';
import { holdLines, sweepLine } from './sweep-words.js';
import { counted, plain } from './words.js';

/** `plumbline status`: how the fleet's drift stands, from what is stored and configured. */
export function addStatus(shell: Shell): void {
  shell.program
    .command('status')
    .description('Show the last sweep, the next one and what is held back. Asks no PBX.')
    .option(
      '--json',
      'as JSON: {last, nextAt, underWay, held, open, bySeverity, quarantines, pauses, exceptions, stop, freezes, windows}',
    )
    .addHelpText('after', examples('status', 'status --json'))
    .action((options: { readonly json?: true }) => show(shell, options.json === true));
}

function show(shell: Shell, isJson: boolean): Promise<void> {
  return withPlumbline(shell, async ({ ctx }) => {
    const now = await findDriftNow(ctx);
    const nextAt = nextDue(ctx.schedule, ctx.now())?.toISOString() ?? null;
    if (isJson) printJson(shell.world, { ...now, nextAt });
    else printLines(shell.world, [...sweepLines(now, nextAt), ...driftLines(now), ...heldLines(now)]);
    return 0;
  });
}

function sweepLines({ last, underWay, held }: DriftNow, nextAt: string | null): readonly string[] {
  const busy =
    underWay === null
      ? []
      : [`Sweep #${underWay.sweep.number} is under way: ${underWay.done} of ${counted(underWay.all, 'PBX')}`];
  return [
    ...(last === null ? ['No sweep has ended yet.'] : [sweepLine(last), ...countsLine(last)]),
    ...busy,
    ...(held?.hold == null ? [] : holdLines(held.number, held.hold)),
    nextAt === null
      ? 'No sweep is scheduled.'
      : `The next one is due ${timeWords(nextAt)}, where plumbline serve runs.`,
  ];
}

function countsLine({ totals }: Sweep): readonly string[] {
  if (totals === null) return [];
  const { counts, checked, pbxs } = totals;
  const said = lineStatuses.map((status) => `${counts[status]} ${statusWords[status]}`).join(', ');
  return [`  ${checked} checked on ${counted(pbxs, 'PBX')}: ${said}`];
}

function driftLines({ open, bySeverity, quarantines, exceptions }: DriftNow): readonly string[] {
  const severe = (['critical', 'warning', 'info'] as const).flatMap((severity) =>
    bySeverity[severity] === 0 ? [] : [`${bySeverity[severity]} ${severity}`],
  );
  return [
    open === 0 ? 'No drift is open.' : `${counted(open, 'drift')} open: ${severe.join(', ')}`,
    ...quarantines.map(
      ({ pbxId, key }) =>
        `Left alone: ${key} on ${pbxId}; to correct it again: plumbline sweep rearm ${pbxId} ${key}`,
    ),
    ...(exceptions === 0 ? [] : [`${counted(exceptions, 'exception')} in force`]),
  ];
}

function heldLines({ stop, pauses, freezes, windows }: DriftNow): readonly string[] {
  const on =
    (what: string) =>
    ({ period, untilAt }: PeriodNow): readonly string[] =>
      untilAt === null
        ? []
        : [`${what} “${plain(period.name)}” for ${period.target}, until ${timeWords(untilAt)}`];
  return [
    ...(stop === null ? [] : [`Nothing is written: ${plain(stopWords(stop))}`]),
    ...pauses.map(
      ({ target, untilAt, reason }) => `Paused: ${target} until ${timeWords(untilAt)}: ${plain(reason)}`,
    ),
    ...freezes.flatMap(on('Freeze')),
    ...windows.flatMap(on('Open window')),
  ];
}

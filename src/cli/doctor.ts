import { selectPbxs } from '../fleet/pbx.js';
import { type Preflight, preflightAll } from '../fleet/preflight.js';
import { type Check, CHECK_LABELS, verdictOf } from '../fleet/preflight-checks.js';
import { findStop, type Stop, stopWords } from '../fleet/stop.js';
import { examples, printJson, printLines, type Shell, withPlumbline } from './command.js';
import { counted, plain } from './words.js';

const STATUS_WIDTH = 'warning'.length;
const LABEL_WIDTH = Math.max(...Object.values(CHECK_LABELS).map((label) => label.length));

/** `plumbline doctor`: whether Plumbline can do its work on each PBX, and what to do where it cannot. */
export function addDoctor(shell: Shell): void {
  shell.program
    .command('doctor')
    .description(
      'Look whether Plumbline can do its work on PBXs: reached, let in, licensed, backed up. Only reads.',
    )
    .argument('[target]', 'a PBX, tag:NAME or all', 'all')
    .option(
      '--json',
      'as JSON: {stop, pbxs: [{pbxId, at, version, verdict, checks: [{name, status, says, mend}]}]}',
    )
    .addHelpText('after', HELP)
    .action((target: string, options: { readonly json?: true }) =>
      examine(shell, target, options.json === true),
    );
}

function examine(shell: Shell, target: string, isJson: boolean): Promise<void> {
  return withPlumbline(shell, async ({ ctx }) => {
    const stop = await findStop(ctx);
    const found = await preflightAll(ctx, selectPbxs(ctx, target));
    if (isJson) printJson(shell.world, { stop, pbxs: found.map(asJson) });
    else printLines(shell.world, [...stopLines(stop), ...found.flatMap(pbxLines), summary(found)]);
    return found.some(({ checks }) => verdictOf(checks) === 'failed') ? 1 : 0;
  });
}

function asJson({ checks, ...found }: Preflight) {
  return { ...found, verdict: verdictOf(checks), checks };
}

function stopLines(stop: Stop | null): readonly string[] {
  if (stop === null) return [];
  return [`Nothing is written: ${plain(stopWords(stop))}. To end it: plumbline start`];
}

function pbxLines({ pbxId, version, checks }: Preflight): readonly string[] {
  const title = version === null ? pbxId : `${pbxId}, 3CX ${version}`;
  return [title, ...checks.flatMap(checkLines)];
}

function checkLines({ name, status, says, mend }: Check): readonly string[] {
  const start = `  ${status.padEnd(STATUS_WIDTH)}  ${CHECK_LABELS[name].padEnd(LABEL_WIDTH)}  `;
  const indent = ' '.repeat(start.length);
  return [`${start}${plain(says)}`, ...(mend === null ? [] : [`${indent}${plain(mend)}`])];
}

function summary(found: readonly Preflight[]): string {
  const verdicts = found.map(({ checks }) => verdictOf(checks));
  const count = (verdict: string): number => verdicts.filter((one) => one === verdict).length;
  return `${counted(found.length, 'PBX')}: ${count('ok')} well, ${count('warning')} with warnings, ${count('failed')} failed`;
}

const HELP = `${examples('doctor', 'doctor hq', 'doctor tag:emea --json')}
Exit codes: 0 well or with warnings only, 1 something failed. A credential that a PBX refused is not sent again by
itself: plumbline reconnect does that once it was put right.
`;

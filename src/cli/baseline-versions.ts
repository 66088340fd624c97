import type { Command } from 'commander';
import { countsOf, type DiffCounts, diffRules, isSameBaseline } from '../baseline/diff.js';
import { type Baseline, emptyBaseline } from '../baseline/rules.js';
import { currentBaseline, listVersions } from '../baseline/store.js';
import { getVersion, isAlreadySo, nextFromVersion, versionIn } from '../changes/next-baseline.js';
import { proposeBaseline } from '../changes/propose-baseline.js';
import type { Ctx, Pbx } from '../ctx.js';
import { compareWithPbx } from '../drift/compare.js';
import type { Finding } from '../drift/finding.js';
import { pbxReportOf } from '../drift/report.js';
import { UserError } from '../errors.js';
import { findPbx, getPbx } from '../fleet/pbx.js';
import { getSetting } from '../settings/catalogue.js';
import { formatValue, jsonValue } from '../settings/kind.js';
import { seeThrough } from './ask.js';
import { jsonDiff } from './baseline-files.js';
import { diffLines, impactIn, impactLines } from './baseline-words.js';
import {
  actorWords,
  examples,
  operatorOf,
  printJson,
  printLines,
  type Shell,
  notice,
  table,
  versionNumber,
  withPlumbline,
} from './command.js';
import { addWaitOptions, resumeRequests, type WaitOptions } from './settle.js';
import { counted } from './words.js';
import type { ExitCode } from './world.js';

/** `plumbline baseline diff`, `history` and `rollback`. */
export function addBaselineVersions(shell: Shell, baseline: Command): void {
  baseline
    .command('diff')
    .description('Compare two versions of the baseline, or one with what a PBX has now.')
    .argument('<version>', 'a version such as 3')
    .argument('[other]', 'another version, or a PBX (default: the version in force)')
    .option('--json', 'as JSON')
    .addHelpText('after', DIFF_HELP)
    .action((one: string, other: string | undefined, options: { readonly json?: true }) =>
      diff(shell, one, other, options.json === true),
    );
  baseline
    .command('history')
    .description('List the versions of the baseline, newest first.')
    .option('--json', 'as JSON')
    .action((options: { readonly json?: true }) => history(shell, options.json === true));
  const rollback = baseline
    .command('rollback')
    .description('Ask for an older version to be in force again, as a new version.')
    .argument('<version>', 'the version to go back to', versionNumber(0))
    .requiredOption('--reason <text>', 'why, for approvers and the audit log');
  addWaitOptions(rollback)
    .addHelpText('after', examples('baseline rollback 3 --reason "v4 was wrong"'))
    .action((version: number, options: WaitOptions & { readonly reason: string }) =>
      rollBack(shell, version, options),
    );
}

function diff(shell: Shell, one: string, other: string | undefined, isJson: boolean): Promise<void> {
  return withPlumbline(shell, async ({ ctx }) => {
    const from = await versionNamed(ctx, one);
    const wanted = other ?? String((await currentBaseline(ctx.db)).version);
    if (versionIn(wanted) === null || findPbx(ctx, wanted) !== undefined) {
      return withPbx(shell, ctx, from, getPbx(ctx, wanted), isJson);
    }
    const found = diffRules(from.rules, (await versionNamed(ctx, wanted)).rules);
    if (isJson) printJson(shell.world, jsonDiff(found));
    else printLines(shell.world, isSameBaseline(found) ? ['They say the same.'] : diffLines(found));
    return isSameBaseline(found) ? 0 : 2;
  });
}

/** What a PBX has otherwise than a version says; nothing is written. */
async function withPbx(
  { world }: Shell,
  ctx: Ctx,
  baseline: Baseline,
  pbx: Pbx,
  isJson: boolean,
): Promise<ExitCode> {
  const other = await compareWithPbx(ctx, baseline, pbx);
  if (isJson) {
    const { lines } = pbxReportOf({ pbxId: pbx.id, findings: other, outcomes: [], failure: null });
    printJson(world, {
      version: baseline.version,
      pbx: pbx.id,
      lines: lines.map((line) => ({
        ...line,
        desired: jsonValue(getSetting(line.key), line.desired),
        ...(line.live === undefined ? {} : { live: jsonValue(getSetting(line.key), line.live) }),
      })),
    });
  } else if (other.length === 0) printLines(world, [`${pbx.id} is as v${baseline.version} says.`]);
  else printLines(world, table(other.map(cellsOf)));
  if (other.some(({ status }) => status === 'drifted')) return 2;
  return other.some(({ status }) => status === 'unknown') ? 1 : 0;
}

function cellsOf(finding: Finding): readonly string[] {
  const setting = getSetting(finding.rule.key);
  const wanted = formatValue(setting, finding.rule.value);
  const said =
    finding.status === 'drifted'
      ? `is ${formatValue(setting, finding.live)}`
      : 'because' in finding
        ? `${finding.status}: ${finding.because}`
        : finding.status;
  return [setting.label, setting.key, `should be ${wanted}`, said];
}

function history(shell: Shell, isJson: boolean): Promise<void> {
  return withPlumbline(shell, async ({ ctx }) => {
    const versions = await listVersions(ctx.db);
    const counts = countsOf(versions);
    if (isJson) {
      const rows = versions.map(({ rules, ...version }, index) => {
        return { ...version, rules: rules.length, ...counts[index] };
      });
      printJson(shell.world, rows);
    } else if (versions.length === 0) printLines(shell.world, ['There is no baseline yet.']);
    else {
      const cells = versions.map((version, index) => [
        `v${version.version}`,
        version.publishedAt,
        actorWords(version.publishedBy),
        version.requestNumber === null ? '' : `#${version.requestNumber}`,
        counted(version.rules.length, 'rule'),
        countsWords(counts[index]),
        version.releasedAt === null ? 'preview' : 'released',
      ]);
      printLines(shell.world, table(cells));
    }
    return 0;
  });
}

function countsWords(counts: DiffCounts | undefined): string {
  return counts === undefined ? '' : `+${counts.added} ~${counts.changed} -${counts.removed}`;
}

function rollBack(
  shell: Shell,
  version: number,
  options: WaitOptions & { readonly reason: string },
): Promise<void> {
  return withPlumbline(shell, async (app) => {
    const { ctx } = app;
    await resumeRequests(app);
    const next = await nextFromVersion(ctx, version);
    if (isAlreadySo(next)) {
      printLines(shell.world, [`The baseline says what v${version} says already.`]);
      return 0;
    }
    notice(shell.world, diffLines(next.diff));
    const petition = { ...operatorOf(shell.world), reason: options.reason, target: 'baseline' };
    const request = await proposeBaseline(ctx, { ...petition, ...next });
    notice(shell.world, impactLines(impactIn(request)));
    return seeThrough(shell, app, request, options);
  });
}

/** A version by its number, 0 the empty one before the first. */
async function versionNamed(ctx: Ctx, text: string): Promise<Baseline> {
  const number = versionIn(text);
  if (number === 0) return emptyBaseline;
  if (number !== null) return getVersion(ctx, number);
  throw new UserError('invalid', `“${text}” is no version of the baseline.`, {
    field: 'version',
    mend: 'Write its number, such as 3; plumbline baseline history lists all.',
  });
}

const DIFF_HELP = `${examples('baseline diff 3', 'baseline diff 3 4', 'baseline diff 4 hq --json')}
Exit codes: 0 the same, 2 different, 1 something could not be read or went wrong. Only reads.
`;

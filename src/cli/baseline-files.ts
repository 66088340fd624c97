import type { Command } from 'commander';
import type { BaselineDiff } from '../baseline/diff.js';
import { jsonRule } from '../baseline/publish.js';
import { isAlreadySo, nextFromFile } from '../changes/next-baseline.js';
import { checkedContent, proposeBaseline } from '../changes/propose-baseline.js';
import { jsonImpact } from '../changes/request-json.js';
import { textOfBytes } from '../config-text.js';
import { UserError } from '../errors.js';
import { seeThrough } from './ask.js';
import { diffLines, impactIn, impactLines } from './baseline-words.js';
import { examples, operatorOf, printJson, printLines, type Shell, notice, withPlumbline } from './command.js';
import { addWaitOptions, resumeRequests, type WaitOptions } from './settle.js';

interface ApplyOptions extends WaitOptions {
  readonly reason?: string;
}

/** `plumbline baseline plan` and `apply`: a baseline that is kept and reviewed as a file. */
export function addBaselineFiles(shell: Shell, baseline: Command): void {
  baseline
    .command('plan')
    .description('Show what a baseline file would change in the baseline and on which PBX. Writes nothing.')
    .argument('<file>', 'a YAML file as baseline export writes it')
    .option('--json', 'as JSON')
    .addHelpText('after', PLAN_HELP)
    .action((file: string, options: { readonly json?: true }) => plan(shell, file, options.json === true));
  const apply = baseline
    .command('apply')
    .alias('import')
    .description('Ask for the baseline to become exactly what a file says.')
    .argument('<file>', 'a YAML file as baseline export writes it')
    .option('--reason <text>', 'why, for approvers and the audit log');
  addWaitOptions(apply)
    .addHelpText('after', APPLY_HELP)
    .action((file: string, options: ApplyOptions) => applyFile(shell, file, options));
}

function plan(shell: Shell, file: string, isJson: boolean): Promise<void> {
  return withPlumbline(shell, async ({ ctx }) => {
    const next = await nextFromFile(ctx, await textOf(shell, file), file);
    const impact = impactIn({ content: await checkedContent(ctx, next) });
    if (isJson)
      printJson(shell.world, { basedOn: next.basedOn, ...jsonDiff(next.diff), impact: jsonImpact(impact) });
    else printLines(shell.world, [...diffLines(next.diff), ...impactLines(impact)]);
    return isAlreadySo(next) ? 0 : 2;
  });
}

function applyFile(shell: Shell, file: string, options: ApplyOptions): Promise<void> {
  return withPlumbline(shell, async (app) => {
    const { ctx } = app;
    await resumeRequests(app);
    const next = await nextFromFile(ctx, await textOf(shell, file), file);
    if (isAlreadySo(next)) {
      printLines(shell.world, ['The baseline says exactly this already.']);
      return 0;
    }
    notice(shell.world, diffLines(next.diff));
    const request = await proposeBaseline(ctx, {
      ...operatorOf(shell.world),
      reason: options.reason ?? `applied from ${file} by ${shell.world.user}`,
      target: 'baseline',
      ...next,
    });
    notice(shell.world, impactLines(impactIn(request)));
    return seeThrough(shell, app, request, options);
  });
}

async function textOf({ world }: Shell, file: string): Promise<string> {
  const bytes = await world.readFile(file).catch(() => {
    throw new UserError('not-found', `The file “${file}” cannot be read.`, {
      field: 'file',
      mend: 'Check that it is there; plumbline baseline export writes one.',
    });
  });
  return textOfBytes(bytes, `The file “${file}”`, 'file');
}

/** A diff for JSON output, pictures as type, size and hash. */
export function jsonDiff({ added, changed, removed }: BaselineDiff): Readonly<Record<string, unknown>> {
  return {
    added: added.map(jsonRule),
    changed: changed.map(({ before, after }) => ({ before: jsonRule(before), after: jsonRule(after) })),
    removed: removed.map(jsonRule),
  };
}

const PLAN_HELP = `${examples('baseline plan baseline.yml', 'baseline plan baseline.yml --json')}
Exit codes for pipelines: 0 the baseline says exactly this, 2 it would change, 1 the file is refused or something
went wrong. Only reads.
`;

const APPLY_HELP = `${examples(
  'baseline export > baseline.yml',
  'baseline apply baseline.yml --reason "as reviewed in #42"',
  'baseline apply baseline.yml --wait --timeout 86400',
)}
The file is the whole truth: a rule that is not in it goes. basedOn: N in the file refuses it where another version is in
force by now. Exit codes: 0 in force, or asked for and waiting for approval without --wait; 1 refused or not in force.
`;

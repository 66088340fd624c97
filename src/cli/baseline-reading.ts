import type { Command } from 'commander';
import { jsonRule } from '../baseline/publish.js';
import type { Exception } from '../baseline/rules.js';
import { activeExceptions, type BaselineVersion, currentBaseline, findBaseline } from '../baseline/store.js';
import { timestamp } from '../ctx.js';
import { UserError } from '../errors.js';
import { getSetting } from '../settings/catalogue.js';
import { formatValue } from '../settings/kind.js';
import type { Db } from '../storage/database.js';
import { baselineYaml, inOrder } from './baseline-yaml.js';
import {
  actorWords,
  examples,
  printJson,
  printLines,
  type Shell,
  table,
  wholeNumber,
  withPlumbline,
} from './command.js';
import { noBaselineYet } from './report.js';

interface VersionOptions {
  readonly version?: number;
  readonly json?: true;
}

/** `plumbline baseline show` and `plumbline baseline export`. */
export function addBaselineReading(shell: Shell, baseline: Command): void {
  baseline
    .command('show')
    .description('Show the baseline in force, or an earlier version of it.')
    .option('--version <number>', 'an earlier version', wholeNumber(1))
    .option('--json', 'as JSON; pictures as type, size and hash')
    .addHelpText('after', examples('baseline show', 'baseline show --version 3 --json'))
    .action((options: VersionOptions) => show(shell, options));
  baseline
    .command('export')
    .description('Write the baseline as YAML, whole, with pictures as base64.')
    .option('--version <number>', 'an earlier version', wholeNumber(1))
    .addHelpText('after', examples('baseline export > baseline.yml', 'baseline export --version 3'))
    .action((options: VersionOptions) =>
      withPlumbline(shell, async ({ ctx }) => {
        shell.world.out(baselineYaml(await versionOf(ctx.db, options.version)));
        return 0;
      }),
    );
}

function show(shell: Shell, options: VersionOptions): Promise<void> {
  return withPlumbline(shell, async ({ ctx }) => {
    const baseline = await versionOf(ctx.db, options.version);
    const exceptions = options.version === undefined ? await activeExceptions(ctx.db, timestamp(ctx)) : [];
    if (options.json === true) {
      printJson(shell.world, { ...baseline, rules: inOrder(baseline.rules).map(jsonRule), exceptions });
    } else {
      printLines(shell.world, [...ruleLines(baseline), ...exceptionLines(exceptions)]);
    }
    return 0;
  });
}

async function versionOf(db: Db, version: number | undefined): Promise<BaselineVersion> {
  const newest = (await currentBaseline(db)).version;
  if (newest === 0) throw noBaselineYet();
  const found = await findBaseline(db, version ?? newest);
  if (found !== undefined) return found;
  throw new UserError('not-found', `There is no baseline v${version}.`, {
    field: '--version',
    mend: `The newest is v${newest}.`,
  });
}

function ruleLines({ version, publishedAt, publishedBy, rules }: BaselineVersion): readonly string[] {
  const rows = inOrder(rules).map(({ key, value, mode, target }) => {
    const setting = getSetting(key);
    return [setting.label, key, target, mode, formatValue(setting, value)];
  });
  return [
    `Baseline v${version}, published ${publishedAt} by ${actorWords(publishedBy)}`,
    ...table(rows, '  '),
  ];
}

function exceptionLines(exceptions: readonly Exception[]): readonly string[] {
  if (exceptions.length === 0) return [];
  const rows = exceptions.map(({ key, target, untilAt, owner, reason }) => [
    getSetting(key).label,
    key,
    target,
    `until ${untilAt}`,
    owner,
    reason,
  ]);
  return ['Exceptions', ...table(rows, '  ')];
}

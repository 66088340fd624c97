import type { Command } from 'commander';
import { inOrder, writeDocument } from '../baseline/document-write.js';
import { activeExceptions } from '../baseline/exception-store.js';
import { jsonRule } from '../baseline/publish.js';
import { type Baseline, desiredFor, type Exception, type Rule } from '../baseline/rules.js';
import { type BaselineVersion, currentBaseline } from '../baseline/store.js';
import { getVersion } from '../changes/next-baseline.js';
import { type Pbx, timestamp } from '../ctx.js';
import { covers } from '../fleet/covers.js';
import { getTarget } from '../fleet/pbx.js';
import { getSetting } from '../settings/catalogue.js';
import { formatValue } from '../settings/kind.js';
import type { Db } from '../storage/database.js';
import {
  actorWords,
  examples,
  printJson,
  printLines,
  type Shell,
  table,
  versionNumber,
  withPlumbline,
} from './command.js';
import { noBaselineYet } from './report.js';
import { plain } from './words.js';

interface VersionOptions {
  readonly version?: number;
  readonly json?: true;
}

/** `plumbline baseline show` and `plumbline baseline export`. */
export function addBaselineReading(shell: Shell, baseline: Command): void {
  baseline
    .command('show')
    .description('Show the baseline in force, or an earlier version of it; of a PBX what it is held to.')
    .argument('[target]', 'only the rules for tag:NAME or all, or of a PBX those that win there')
    .option('--version <number>', 'an earlier version', versionNumber(1))
    .option('--json', 'as JSON; pictures as type, size and hash')
    .addHelpText('after', examples('baseline show', 'baseline show hq', 'baseline show --version 3 --json'))
    .action((target: string | undefined, options: VersionOptions) => show(shell, target, options));
  baseline
    .command('export')
    .description('Write the baseline as YAML for git, whole, with pictures as base64.')
    .option('--version <number>', 'an earlier version', versionNumber(1))
    .addHelpText('after', examples('baseline export > baseline.yml', 'baseline export --version 3'))
    .action((options: VersionOptions) =>
      withPlumbline(shell, async ({ ctx }) => {
        const version = await versionOf(ctx.db, options.version);
        const head = `Baseline v${version.version}, published ${version.publishedAt} by ${actorWords(version.publishedBy)}.`;
        const basedOn = options.version === undefined ? version.version : null;
        shell.world.out(writeDocument({ rules: version.rules, basedOn }, head));
        return 0;
      }),
    );
}

function show(shell: Shell, target: string | undefined, options: VersionOptions): Promise<void> {
  return withPlumbline(shell, async ({ ctx }) => {
    const baseline = await versionOf(ctx.db, options.version);
    const named = target === undefined ? undefined : getTarget(ctx, target);
    const pbx = ctx.pbxs.find(({ id }) => id === named);
    const active = options.version === undefined ? await activeExceptions(ctx.db, timestamp(ctx)) : [];
    const exceptions = active.filter((one) =>
      pbx === undefined ? isFor(one, named) : covers(one.target, pbx),
    );
    const held =
      pbx === undefined
        ? inOrder(baseline.rules.filter((rule) => isFor(rule, named)))
        : rulesOn(baseline, pbx, ctx.now());
    if (options.json === true) {
      printJson(shell.world, { ...baseline, rules: held.map(jsonRule), exceptions });
    } else {
      const title = `Baseline v${baseline.version}, published ${baseline.publishedAt} by ${actorWords(baseline.publishedBy)}`;
      printLines(shell.world, [title, ...ruleLines(held), ...exceptionLines(exceptions)]);
    }
    return 0;
  });
}

function isFor({ target }: { readonly target: string }, named: string | undefined): boolean {
  return named === undefined || target === named;
}

/** The rules that win on a PBX; of two that contradict each other, both. */
function rulesOn(baseline: Baseline, pbx: Pbx, now: Date): readonly Rule[] {
  const desired = desiredFor(baseline, [], pbx, now);
  return inOrder(
    desired.flatMap(({ rule, conflict }) => (conflict === undefined ? [rule] : [rule, conflict])),
  );
}

async function versionOf(db: Db, version: number | undefined): Promise<BaselineVersion> {
  const newest = (await currentBaseline(db)).version;
  if (newest === 0) throw noBaselineYet();
  return getVersion({ db }, version ?? newest);
}

function ruleLines(rules: readonly Rule[]): readonly string[] {
  const rows = rules.map(({ key, value, mode, target, severity, reason = '' }) => {
    const setting = getSetting(key);
    const how = severity === undefined ? mode : `${mode}, ${severity}`;
    return [setting.label, key, target, how, formatValue(setting, value), plain(reason)];
  });
  return table(rows, '  ');
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

import pLimit from 'p-limit';
import { inspectPbx } from '../drift/inspect.js';
import { reportOf } from '../drift/report.js';
import { selectPbxs } from '../fleet/pbx.js';
import { examples, printJson, printLines, type Shell, withPlumbline } from './command.js';
import { openReviews, reviewLines, reviewsJson } from './open-reviews.js';
import { reportExitCode, reportJson, reportLines, requireBaseline } from './report.js';

const CONCURRENCY = 16;

/** `plumbline check`: compare with the baseline, without writing anything. */
export function addCheck(shell: Shell): void {
  shell.program
    .command('check')
    .description('Compare PBXs with the baseline. Never writes to a PBX.')
    .argument('[target]', 'a PBX, tag:NAME or all', 'all')
    .option('--json', 'as JSON')
    .addHelpText('after', HELP)
    .action((target: string, options: { readonly json?: true }) =>
      check(shell, target, options.json === true),
    );
}

function check(shell: Shell, target: string, isJson: boolean): Promise<void> {
  return withPlumbline(shell, async ({ ctx }) => {
    const pbxs = selectPbxs(ctx, target);
    await requireBaseline(ctx.db);
    const limit = pLimit(CONCURRENCY);
    const inspected = await Promise.all(
      pbxs.map((pbx) =>
        limit(async () => {
          const { findings, gap } = await inspectPbx(ctx, pbx);
          return { pbxId: pbx.id, findings, outcomes: [], failure: null, gap };
        }),
      ),
    );
    const report = reportOf(inspected);
    const reviews = await openReviews(ctx.db);
    if (isJson) printJson(shell.world, { ...reportJson(report), openReviews: reviewsJson(reviews) });
    else printLines(shell.world, [...reportLines(report), ...reviewLines(reviews)]);
    return reportExitCode(report);
  });
}

const HELP = `${examples('check', 'check hq --json', 'check tag:emea')}
Exit codes: 0 in sync, 2 drifted, 1 something could not be read or went wrong. Lines with “-” show what the
PBX has, lines with “+” what the baseline holds.
`;

import { activePauses } from '../baseline/pause-store.js';
import { parseUntil } from '../baseline/until.js';
import { resumeSweeps } from '../changes/end-early.js';
import { proposePause } from '../changes/propose-exception.js';
import { timestamp } from '../ctx.js';
import { timeWords } from '../settings/time-words.js';
import { seeThrough } from './ask.js';
import { examples, operatorOf, printJson, printLines, type Shell, table, withPlumbline } from './command.js';
import { addWaitOptions, resumeRequests, type WaitOptions } from './settle.js';
import { plain } from './words.js';

interface PauseOptions extends WaitOptions {
  readonly until: string;
  readonly reason: string;
  readonly owner?: string;
}

/** `plumbline pause`, `pauses` and `resume`: sweeps that leave some PBXs alone for a while. */
export function addPause(shell: Shell): void {
  const pause = shell.program
    .command('pause')
    .description('Ask for sweeps to leave a target alone until a date.')
    .argument('<target>', 'a PBX, tag:NAME or all')
    .requiredOption('--until <date>', 'when it ends: 2026-12-31 or 2026-12-31T18:00:00Z')
    .requiredOption('--reason <text>', 'why, for approvers and the audit log')
    .option('--owner <id>', 'who answers for it (default: you)');
  addWaitOptions(pause)
    .addHelpText('after', examples('pause hq --until 2026-12-31 --reason "the PBX is being moved"'))
    .action((target: string, options: PauseOptions) => ask(shell, target, options));
  shell.program
    .command('pauses')
    .description('Show what sweeps leave alone now.')
    .option('--json', 'as JSON')
    .action((options: { readonly json?: true }) => list(shell, options.json === true));
  shell.program
    .command('resume')
    .description('End the pause of a target early.')
    .argument('<target>', 'a PBX, tag:NAME or all, as it was paused')
    .action((target: string) =>
      withPlumbline(shell, async ({ ctx }) => {
        await resumeSweeps(ctx, target, operatorOf(shell.world));
        printLines(shell.world, [`The pause of ${target} is over: the next sweep looks there again.`]);
        return 0;
      }),
    );
}

function ask(shell: Shell, target: string, options: PauseOptions): Promise<void> {
  const untilAt = parseUntil(options.until);
  return withPlumbline(shell, async (app) => {
    await resumeRequests(app);
    const { reason, owner } = options;
    const asked = { ...operatorOf(shell.world), target, reason, untilAt };
    const request = await proposePause(app.ctx, { ...asked, ...(owner === undefined ? {} : { owner }) });
    return seeThrough(shell, app, request, options);
  });
}

function list(shell: Shell, isJson: boolean): Promise<void> {
  return withPlumbline(shell, async ({ ctx }) => {
    const pauses = await activePauses(ctx.db, timestamp(ctx));
    if (isJson) printJson(shell.world, pauses);
    else if (pauses.length === 0) printLines(shell.world, ['Nothing is paused.']);
    else {
      const rows = pauses.map(({ target, untilAt, owner, reason }) => [
        target,
        `until ${timeWords(untilAt)}`,
        `owner ${owner}`,
        plain(reason),
      ]);
      printLines(shell.world, table(rows));
    }
    return 0;
  });
}

import { getRequestByNumber } from '../changes/queries.js';
import { isRevertible, proposeRevert } from '../changes/revert.js';
import { seeThrough } from './ask.js';
import { examples, operatorOf, requestNumber, type Shell, withPlumbline } from './command.js';
import { addConfirmOption, checkConfirm } from './confirm.js';
import { addWaitOptions, resumeRequests, type WaitOptions } from './settle.js';

interface RevertOptions extends WaitOptions {
  readonly reason?: string;
  readonly confirm?: string;
}

/** `plumbline revert`: ask for what a request wrote to become again what it was before. */
export function addRevert(shell: Shell): void {
  const command = shell.program
    .command('revert')
    .description('Ask for what a request changed to become again what it was before.')
    .argument('<number>', 'the number of the request', requestNumber)
    .option('--reason <text>', 'why, for approvers and the audit log');
  addConfirmOption(addWaitOptions(command))
    .addHelpText('after', HELP)
    .action((number: number, options: RevertOptions) => revert(shell, number, options));
}

function revert(shell: Shell, number: number, options: RevertOptions): Promise<void> {
  const { world } = shell;
  const reason = options.reason ?? `revert of #${number} from the terminal by ${world.user}`;
  return withPlumbline(shell, async (app) => {
    const operator = operatorOf(world);
    const request = await getRequestByNumber(app.ctx.db, number);
    if (isRevertible(request)) checkConfirm(app.ctx, operator.actor, request, options.confirm);
    await resumeRequests(app);
    const proposed = await proposeRevert(app.ctx, { ...operator, reason, requestId: request.id });
    return seeThrough(shell, app, proposed, options);
  });
}

const HELP = `${examples('revert 12', 'revert 12 --reason "callers complained" --wait')}
A revert is a request like any other, with a number of its own, and the same rules hold for it. Where the
baseline holds the new value, the old one becomes the baseline, so that no sweep undoes the revert.

Output, --confirm and exit codes are those of plumbline set.
`;

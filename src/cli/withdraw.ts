import { getRequestByNumber } from '../changes/queries.js';
import type { ChangeRequest } from '../changes/request.js';
import { withdrawChange } from '../changes/withdraw.js';
import type { Actor, Ctx } from '../ctx.js';
import { UserError } from '../errors.js';
import {
  actorWords,
  examples,
  operatorOf,
  printLines,
  requestNumber,
  type Shell,
  withPlumbline,
} from './command.js';

/** `plumbline withdraw`: take back what was asked for from this terminal. */
export function addWithdraw(shell: Shell): void {
  shell.program
    .command('withdraw')
    .description('Take back a request that you asked for, as long as nothing of it is written.')
    .argument('<number>', 'the number of the request', requestNumber)
    .addHelpText('after', HELP)
    .action((number: number) => withdraw(shell, number));
}

function withdraw(shell: Shell, number: number): Promise<void> {
  return withPlumbline(shell, async ({ ctx }) => {
    const request = await getRequestByNumber(ctx.db, number);
    await withdrawAs(ctx, request, operatorOf(shell.world).actor);
    printLines(shell.world, [`Request #${number} was withdrawn; nothing was written.`]);
    return 0;
  });
}

async function withdrawAs(ctx: Ctx, request: ChangeRequest, actor: Actor): Promise<void> {
  try {
    await withdrawChange(ctx, { requestId: request.id, actor });
  } catch (error) {
    if (!(error instanceof UserError) || error.code !== 'forbidden') throw error;
    throw new UserError(error.code, error.message, {
      field: 'request',
      mend: `${actorWords(request.requestedBy)} asked for it, and you are ${actorWords(actor)}.`,
    });
  }
}

const HELP = `${examples('withdraw 12')}
Only the one who asked can withdraw a request; on a terminal that is the operating-system user.
`;

import { resolve } from 'node:path';
import { UserError } from '../errors.js';
import { endStop, findStop, stopByFile, stopEverything, stopWords } from '../fleet/stop.js';
import { examples, notice, operatorOf, printLines, type Shell, withPlumbline } from './command.js';
import type { World } from './world.js';

/** `plumbline stop` and `plumbline start`: the switch that stops all writes at once, and ends that. */
export function addStop(shell: Shell): void {
  shell.program
    .command('stop')
    .description('Stop all writes to all PBXs at once, corrections and approved changes alike.')
    .requiredOption('--reason <text>', 'why, for whoever wonders')
    .addHelpText('after', HELP)
    .action(({ reason }: { readonly reason: string }) => stop(shell, reason));
  shell.program
    .command('start')
    .description('End a stop: approved changes and corrections are written again.')
    .action(() => start(shell));
}

async function stop(shell: Shell, reason: string): Promise<void> {
  const { world } = shell;
  const state = { isOpen: false };
  try {
    await withPlumbline(shell, async ({ ctx }) => {
      state.isOpen = true;
      const { isInFile, isInDatabase } = await stopEverything(ctx, operatorOf(world).actor, reason);
      const places = [
        ...(isInFile ? [resolve(ctx.stopFile)] : []),
        ...(isInDatabase ? ['the database'] : []),
      ];
      tellStopped(world, places);
      if (!isInDatabase)
        notice(world, [`The database could not take it: it holds where ${ctx.stopFile} is seen.`]);
      if (!isInFile) notice(world, [`${ctx.stopFile} could not be written; the database alone holds it.`]);
      return 0;
    });
  } catch (error) {
    if (state.isOpen || !(error instanceof UserError)) throw error;
    stopWithoutMore(shell, reason, error);
  }
}

/** Whoever stops everything in a hurry may lack the secrets, or the database may be what is broken. */
function stopWithoutMore(shell: Shell, reason: string, error: UserError): void {
  const { world } = shell;
  const path = resolve(pathOf(world));
  stopByFile(path, { since: new Date().toISOString(), by: world.user, reason });
  tellStopped(world, [path]);
  notice(world, [`The file alone holds it, for every process that looks there: ${error.message}`]);
  shell.exitCode = 0;
}

function pathOf(world: World): string {
  try {
    return world.stopPath();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(error.code, `Nothing was stopped. ${error.message}`, {
      mend: 'Make the stop file by hand: stopFile in plumbline.yml, or the file STOP beside the database.',
    });
  }
}

function tellStopped(world: World, places: readonly string[]): void {
  printLines(world, [
    'Everything is stopped. Nothing is written to any PBX until plumbline start.',
    `It is noted in ${places.join(' and in ')}.`,
  ]);
}

function start(shell: Shell): Promise<void> {
  const { world } = shell;
  return withPlumbline(shell, async ({ ctx }) => {
    const stopped = await findStop(ctx);
    const still = await endStop(ctx, operatorOf(world).actor, stopped?.since);
    const was = stopped === null ? '' : ` It was: ${stopWords(stopped)}.`;
    printLines(world, [`The stop is over.${was}`]);
    if (still !== null) notice(world, [`There is another one: ${stopWords(still)}. Nothing is written yet.`]);
    return still === null ? 0 : 1;
  });
}

const HELP = `${examples('stop --reason "we are being attacked"')}
The stop is noted in a file beside the database (stopFile in plumbline.yml) and in the database; one of them is
enough. Whoever can reach neither command may simply make the file. It is looked at right before every write.
`;

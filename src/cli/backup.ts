import { backUp } from '../storage/backup.js';
import { examples, type Shell, notice, withPlumbline } from './command.js';

/** `plumbline backup`: a copy of the database, taken while Plumbline runs. */
export function addBackup(shell: Shell): void {
  shell.program
    .command('backup')
    .description('Copy the SQLite database into a new file, also while plumbline serve runs.')
    .argument('<file>', 'a file that is not there yet')
    .addHelpText('after', examples('backup plumbline-2026-12-31.db'))
    .action((path: string) =>
      withPlumbline(shell, async ({ ctx }) => {
        await backUp(ctx.db, path);
        notice(shell.world, [`The database is copied to ${path}.`]);
        return 0;
      }),
    );
}

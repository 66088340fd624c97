import { observe } from '../fleet/observe.js';
import { pbxOrOnly } from '../fleet/pbx.js';
import { examples, printLines, type Shell, notice, withPlumbline } from './command.js';

/** `plumbline reconnect`: a person says that the credential is right now. */
export function addReconnect(shell: Shell): void {
  shell.program
    .command('reconnect')
    .description('Try a refused credential again at once, after it was put right.')
    .argument('[pbx]', 'the PBX, where there are several')
    .addHelpText('after', examples('reconnect', 'reconnect hq'))
    .action((id: string | undefined) => reconnect(shell, id));
}

function reconnect(shell: Shell, id: string | undefined): Promise<void> {
  return withPlumbline(shell, async ({ ctx }) => {
    const { world } = shell;
    const pbx = pbxOrOnly(ctx, id);
    await pbx.xapi.retryCredential();
    const { readings, properties, version } = await observe(ctx, pbx, ['GeneralSettingsForApps']);
    if ('GeneralSettingsForApps' in properties) {
      printLines(world, [`${pbx.name} answers${version === null ? '' : `, 3CX ${version}`}.`]);
      return 0;
    }
    const failed = Object.values(readings).find((reading) => reading.status === 'unknown');
    notice(world, [`plumbline: ${pbx.name}: ${failed?.because ?? 'it could not be read'}`]);
    return 1;
  });
}

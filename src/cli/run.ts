import { Command, CommanderError } from 'commander';
import { addAudit } from './audit.js';
import { addBackup } from './backup.js';
import { addBaseline } from './baseline.js';
import { addCheck } from './check.js';
import { examples, harmless, type Shell } from './command.js';
import { addExcept } from './except.js';
import { refuseReplaced } from '../config-text.js';
import { reportFailure } from './failure.js';
import { addHealth } from './health.js';
import { addPause } from './pause.js';
import { addReconnect } from './reconnect.js';
import { addRecordCase } from './record-case.js';
import { addReport } from './past-report.js';
import { addInit } from './init.js';
import { addHistory } from './history.js';
import { addRequests } from './requests.js';
import { addRevert } from './revert.js';
import { addSchema } from './schema.js';
import { addServe } from './serve.js';
import { addSet } from './set.js';
import { addSettings } from './settings.js';
import { addShow } from './show.js';
import { addSimulate } from './simulate.js';
import { addDoctor } from './doctor.js';
import { addStatus } from './status.js';
import { addStop } from './stop.js';
import { addSweep } from './sweep.js';
import { addWithdraw } from './withdraw.js';
import { visible } from '../settings/text.js';
import { ownVersion } from './version.js';
import type { World } from './world.js';

/** Runs one command line (without the program's name) and returns the exit code. Never throws. */
export async function runCli(args: readonly string[], bare: World): Promise<number> {
  const world = harmless(bare);
  const shell: Shell = { program: programFor(world, args), world, exitCode: 0 };
  addAll(shell);
  try {
    for (const [index, argument] of args.entries()) {
      refuseReplaced(argument, `Argument ${index + 1}`, 'arguments');
    }
    await shell.program.parseAsync([...args], { from: 'user' });
    return shell.exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode;
    reportFailure(world, error);
    return 1;
  }
}

function programFor(world: World, args: readonly string[]): Command {
  const hostile = args.filter((arg) => visible(arg) !== arg);
  const quoted = (text: string): string =>
    hostile.reduce((shown, arg) => shown.replaceAll(arg, () => visible(arg)), text);
  return new Command('plumbline')
    .description('Keeps the settings of 3CX phone systems plumb.')
    .version(ownVersion())
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({ writeOut: (text) => world.out(text), writeErr: (text) => world.err(quoted(text)) })
    .showHelpAfterError('(add --help for help and examples)')
    .addHelpText('after', OVERVIEW);
}

/** In the order in which a newcomer needs them, which is the order of the help. */
function addAll(shell: Shell): void {
  addInit(shell);
  addDoctor(shell);
  addShow(shell);
  addSet(shell);
  addBaseline(shell);
  addCheck(shell);
  addSweep(shell);
  addReport(shell);
  addStatus(shell);
  addExcept(shell);
  addPause(shell);
  addStop(shell);
  addRequests(shell);
  addWithdraw(shell);
  addRevert(shell);
  addHistory(shell);
  addAudit(shell);
  addSettings(shell);
  addSchema(shell);
  addReconnect(shell);
  addServe(shell);
  addHealth(shell);
  addBackup(shell);
  addSimulate(shell);
  addRecordCase(shell);
}

const OVERVIEW = `${examples(
  'simulate pbx --port 5001',
  'show --json',
  'set AvatarStyle Circle',
  'baseline capture',
  'check',
)}
One PBX is configured by THREECX_URL, THREECX_CLIENT_ID and THREECX_CLIENT_SECRET, in the environment
or in a file .env here; several are described in plumbline.yml. plumbline init writes both files.

Exit codes: 0 done or in sync, 1 not done or unknown, 2 drifted.
`;

import { proposeSettings } from '../changes/propose.js';
import type { ChangeRequest, Hold } from '../changes/request.js';
import { UserError } from '../errors.js';
import { pbxOrOnly } from '../fleet/pbx.js';
import { examples, operatorOf, printJson, type Shell, withPlumbline } from './command.js';
import { assignmentsOf, pairsOf } from './pairs.js';
import {
  addWaitOptions,
  requestExitCode,
  requestWords,
  resumeRequests,
  settleRequest,
  type WaitOptions,
} from './settle.js';
import { parseUntil } from '../baseline/until.js';

interface SetOptions extends WaitOptions {
  readonly pbx?: string;
  readonly reason?: string;
  readonly baseline?: true;
  readonly until?: string;
}

/** `plumbline set`: change settings of one PBX, proven by reading back. */
export function addSet(shell: Shell): void {
  const command = shell.program
    .command('set')
    .description('Change settings of one PBX and prove it by reading back.')
    .argument('<setting value...>', 'pairs; all of them are one request')
    .option('--pbx <id>', 'the PBX, where there are several')
    .option('--reason <text>', 'why, for approvers and the audit log')
    .option('--baseline', 'hold the values in the baseline from now on')
    .option('--until <date>', 'where the baseline holds another value: an exception until then');
  addWaitOptions(command)
    .addHelpText('after', HELP)
    .action((words: readonly string[], options: SetOptions) => set(shell, words, options));
}

function set(shell: Shell, words: readonly string[], options: SetOptions): Promise<void> {
  const { world } = shell;
  const pairs = pairsOf(words);
  const hold = holdOf(options);
  const reason = options.reason ?? `set from the terminal by ${world.user}`;
  return withPlumbline(shell, async (app) => {
    const pbx = pbxOrOnly(app.ctx, options.pbx);
    const assignments = await assignmentsOf(app.ctx, pbx, pairs, (path) => world.readFile(path));
    await resumeRequests(app);
    const proposed = await proposeSettings(app.ctx, { ...operatorOf(world), reason, pbx, assignments, hold });
    const request = await settleRequest(world, app, proposed, options);
    for (const line of requestWords(request, options)) world.err(`${line}\n`);
    if (request.state === 'applied') printJson(world, resultOf(request));
    if (request.state === 'pending') printJson(world, { request: request.number, state: request.state });
    return requestExitCode(request, options);
  });
}

function holdOf({ baseline, until }: SetOptions): Hold {
  if (baseline === true && until !== undefined) {
    throw new UserError('invalid', 'Choose --baseline or --until, not both.', { field: '--until' });
  }
  if (baseline === true) return { kind: 'baseline' };
  return until === undefined ? { kind: 'none' } : { kind: 'exception', untilAt: parseUntil(until) };
}

/** The resource as it is now; several of them by their names. */
function resultOf({ result }: ChangeRequest): unknown {
  const resources = Object.values(result ?? {});
  return resources.length === 1 ? resources[0] : result;
}

const HELP = `${examples(
  'set AvatarStyle Circle',
  'set EnableChat off AllowBlockCalls on --reason "as agreed with support"',
  'set HDAutoLogoutTime 23:30 --pbx hq',
  'set BrandLogoImage @logo.png',
  `set AutoSchedulerSettings '{"Enabled": true}'`,
  'set AvatarStyle Circle --baseline',
  'set EnableChat on --until 2030-12-31',
)}
Standard output holds the resulting resource as JSON. A value that begins with a hyphen comes after “--”.
Without approvers your own act is the approval; with approvers the change is proposed and they decide.
`;

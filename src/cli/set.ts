import { parseUntil } from '../baseline/until.js';
import { AlreadySo } from '../changes/plan.js';
import { proposeSettings } from '../changes/propose.js';
import type { ChangeRequest, Hold } from '../changes/request.js';
import type { Pbx } from '../ctx.js';
import { UserError } from '../errors.js';
import { getTarget, pbxOrOnly, selectPbxs } from '../fleet/pbx.js';
import type { Assignment } from '../settings/assignment.js';
import { seeThrough } from './ask.js';
import { examples, operatorOf, printJson, type Shell, withPlumbline } from './command.js';
import { addConfirmOption, checkConfirm, type Intent } from './confirm.js';
import { assignmentsOf, pairsOf } from './pairs.js';
import { addWaitOptions, resumeRequests, type WaitOptions } from './settle.js';
import type { Opened } from './world.js';

interface SetOptions extends WaitOptions {
  readonly target?: string;
  readonly pbx?: string;
  readonly reason?: string;
  readonly baseline?: true;
  readonly until?: string;
  readonly confirm?: string;
  readonly json?: true;
}

/** `plumbline set`: change settings of one PBX or of several, proven by reading back. */
export function addSet(shell: Shell): void {
  const command = shell.program
    .command('set')
    .description('Change settings of one PBX or of several, and prove it by reading back.')
    .argument('<setting value...>', 'pairs; all of them are one request')
    .option('--target <target>', 'a PBX, tag:NAME or all; needed where there are several PBXs')
    .option('--pbx <id>', 'a single PBX, as --target')
    .option('--reason <text>', 'why, for approvers and the audit log')
    .option('--baseline', 'hold the values in the baseline from now on')
    .option('--until <date>', 'where the baseline holds another value: an exception until then')
    .option('--json', 'nothing but JSON on standard output, also where nothing had to be done');
  addConfirmOption(addWaitOptions(command))
    .addHelpText('after', HELP)
    .action((words: readonly string[], options: SetOptions) => set(shell, words, options));
}

function set(shell: Shell, words: readonly string[], options: SetOptions): Promise<void> {
  const { world } = shell;
  const pairs = pairsOf(words);
  const hold = holdOf(options);
  const reason = options.reason ?? `set from the terminal by ${world.user}`;
  return withPlumbline(shell, async (app) => {
    const operator = operatorOf(world);
    const target = targetOf(app, options);
    const pbxs = selectPbxs(app.ctx, target);
    const assignments = await assignmentsOf(app.ctx, pbxs, pairs, (path) => world.readFile(path));
    checkConfirm(app.ctx, operator.actor, intentOf(target, pbxs, assignments, hold), options.confirm);
    await resumeRequests(app);
    const proposed = await orAlreadySo(
      hold,
      proposeSettings(app.ctx, { ...operator, reason, target, assignments, hold }),
    );
    if (proposed === null) {
      world.err('Already set: there was nothing to do.\n');
      if (options.json === true) printJson(world, { state: 'unchanged' });
      return 0;
    }
    return seeThrough(shell, app, proposed, options);
  });
}

/** Null where every PBX has the values already. What was also to be held is not done by that, so it stays an error. */
async function orAlreadySo(hold: Hold, proposing: Promise<ChangeRequest>): Promise<ChangeRequest | null> {
  try {
    return await proposing;
  } catch (error) {
    if (error instanceof AlreadySo && hold.kind === 'none') return null;
    throw error;
  }
}

/** The target as it is stored. Throws `UserError` where it is named twice, or not at all among several PBXs. */
function targetOf({ ctx }: Opened, { target, pbx }: SetOptions): string {
  if (target !== undefined && pbx !== undefined) {
    throw new UserError('invalid', '--target and --pbx mean the same.', {
      field: '--target',
      mend: 'Write one of them: --target for a PBX, a tag or all, --pbx for one PBX.',
    });
  }
  return target === undefined ? pbxOrOnly(ctx, pbx).id : getTarget(ctx, target);
}

/** What would be asked for if no PBX had any of the values yet. */
function intentOf(
  target: string,
  pbxs: readonly Pbx[],
  assignments: readonly Assignment[],
  hold: Hold,
): Intent {
  const items = assignments.map(({ key, value }) => ({ key, before: null, value }));
  const parts = pbxs.map(({ id, url }) => ({ pbxId: id, url, items }));
  return { target, content: { kind: 'settings', parts, left: [], hold } };
}

function holdOf({ baseline, until }: SetOptions): Hold {
  if (baseline === true && until !== undefined) {
    throw new UserError('invalid', 'Choose --baseline or --until, not both.', { field: '--until' });
  }
  if (baseline === true) return { kind: 'baseline' };
  return until === undefined ? { kind: 'none' } : { kind: 'exception', untilAt: parseUntil(until) };
}

const HELP = `${examples(
  'set AvatarStyle Circle',
  'set EnableChat off AllowBlockCalls on --reason "as agreed with support"',
  'set HDAutoLogoutTime 23:30 --pbx hq',
  'set AvatarStyle Circle --target tag:emea --confirm tag:emea',
  'set AllowFwdToExternal off --pbx hq --confirm hq',
  'set BrandLogoImage @logo.png',
  `set AutoSchedulerSettings '{"Enabled": true}'`,
  'set AvatarStyle Circle --baseline',
  'set EnableChat on --until 2030-12-31',
)}
Standard output holds the resulting resource as JSON; for a tag or all an object with the resources of
those PBXs that have it now, why others have not, and whom the request left alone. A value that begins
with a hyphen comes after “--”.

With approvers the change is proposed and they decide. Without approvers your own act is the approval;
then --confirm with the target is needed for a setting of high risk and for more than one PBX.

Of several PBXs the first is written alone; if it or a later one fails, those not yet begun are left.

Exit codes: 0 applied everywhere, already so, or asked for; 1 anything else, also where a PBX had to be left out
because it could not be read or a value does not fit it.
`;

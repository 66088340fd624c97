import { parseUntil } from '../baseline/until.js';
import { endExceptionEarly, exceptionsNow } from '../changes/end-early.js';
import { proposeException } from '../changes/propose-exception.js';
import { getTarget } from '../fleet/pbx.js';
import { findObject, getSetting } from '../settings/catalogue.js';
import { timeWords } from '../settings/time-words.js';
import { seeThrough } from './ask.js';
import { examples, operatorOf, printJson, printLines, type Shell, table, withPlumbline } from './command.js';
import { addConfirmOption, checkConfirm } from './confirm.js';
import { addWaitOptions, resumeRequests, type WaitOptions } from './settle.js';
import { plain } from './words.js';

/** Enough of an id to tell a few thousand apart. */
const ID_SHOWN = 8;

interface ExceptOptions extends WaitOptions {
  readonly until: string;
  readonly reason: string;
  readonly owner?: string;
  readonly confirm?: string;
}

/** `plumbline except` and `plumbline exceptions`: rules that are suspended for a while. */
export function addExcept(shell: Shell): void {
  const except = shell.program
    .command('except')
    .description('Ask for the rules of some settings to be suspended on a target until a date.')
    .argument('<target>', 'a PBX, tag:NAME or all')
    .argument('<settings...>', 'the settings whose rules are suspended')
    .requiredOption('--until <date>', 'when it ends: 2026-12-31 or 2026-12-31T18:00:00Z')
    .requiredOption('--reason <text>', 'why, for approvers and the audit log')
    .option('--owner <id>', 'who answers for it (default: you)');
  addConfirmOption(addWaitOptions(except))
    .addHelpText('after', HELP)
    .action((target: string, keys: readonly string[], options: ExceptOptions) =>
      ask(shell, target, keys, options),
    );
  addExceptions(shell);
}

function ask(shell: Shell, target: string, keys: readonly string[], options: ExceptOptions): Promise<void> {
  const untilAt = parseUntil(options.until);
  return withPlumbline(shell, async (app) => {
    const { reason, owner = shell.world.user, confirm } = options;
    const operator = operatorOf(shell.world);
    const lasting = { target: getTarget(app.ctx, target), keys: keysOf(keys), untilAt, owner };
    checkConfirm(app.ctx, operator.actor, { target, content: { kind: 'exception', ...lasting } }, confirm);
    await resumeRequests(app);
    const request = await proposeException(app.ctx, { ...operator, ...lasting, reason });
    return seeThrough(shell, app, request, options);
  });
}

/** Settings by their names, and all that a nested object has by its own. */
function keysOf(names: readonly string[]): readonly string[] {
  return names.flatMap((name) => (findObject(name)?.leaves ?? [getSetting(name)]).map(({ key }) => key));
}

function addExceptions(shell: Shell): void {
  const exceptions = shell.program
    .command('exceptions')
    .description('Show the exceptions in force.')
    .argument('[target]', 'only those that mean a PBX of this target')
    .option('--json', 'as JSON')
    .addHelpText('after', examples('exceptions', 'exceptions tag:emea --json', 'exceptions end 2f0c61a4'))
    .action((target: string | undefined, options: { readonly json?: true }) =>
      list(shell, target, options.json === true),
    );
  exceptions
    .command('end')
    .description('End an exception now; the next sweep holds its rule again.')
    .argument('<id>', 'its id, or the beginning of it, as `plumbline exceptions` shows it')
    .action((id: string) =>
      withPlumbline(shell, async ({ ctx }) => {
        const { key, target } = await endExceptionEarly(ctx, id, operatorOf(shell.world));
        const what = `The exception for ${getSetting(key).label} of ${target} is over.`;
        printLines(shell.world, [`${what} The next sweep holds its rule again.`]);
        return 0;
      }),
    );
}

function list(shell: Shell, target: string | undefined, isJson: boolean): Promise<void> {
  return withPlumbline(shell, async ({ ctx }) => {
    const exceptions = await exceptionsNow(ctx, target);
    if (isJson) printJson(shell.world, exceptions);
    else if (exceptions.length === 0) printLines(shell.world, ['No exception is in force.']);
    else {
      const rows = exceptions.map(({ id, key, target: of, untilAt, owner, reason }) => [
        id.slice(0, ID_SHOWN),
        getSetting(key).label,
        key,
        of,
        `until ${timeWords(untilAt)}`,
        `owner ${owner}`,
        plain(reason),
      ]);
      printLines(shell.world, table(rows));
    }
    return 0;
  });
}

const HELP = `${examples(
  'except hq AvatarStyle --until 2026-12-31 --reason "the fair"',
  'except tag:emea EnableChat HideCRMContacts --until 2026-12-31 --reason "migration" --wait',
)}
Nothing is suspended without an end. When it ends, the next sweep holds the rules again.
`;

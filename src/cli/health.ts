import { findHealth } from '../jobs/health.js';
import { timeWords } from '../settings/time-words.js';
import { examples, printJson, printLines, type Shell, withPlumbline } from './command.js';

/** `plumbline health`: whether `plumbline serve` does its work on this machine, for whatever watches over it. */
export function addHealth(shell: Shell): void {
  shell.program
    .command('health')
    .description('Look whether plumbline serve does its work on this machine. Asks neither Slack nor a PBX.')
    .option('--json', 'as JSON: {isWell, startedAt, slack, faults}')
    .addHelpText('after', HELP)
    .action((options: { readonly json?: true }) => tell(shell, options.json === true));
}

function tell(shell: Shell, isJson: boolean): Promise<void> {
  return withPlumbline(shell, async ({ ctx }) => {
    const health = await findHealth(ctx);
    const since = health.startedAt === null ? '' : ` since ${timeWords(health.startedAt)}`;
    const connected = health.slack === null ? '' : ', with Slack';
    if (isJson) printJson(shell.world, health);
    else printLines(shell.world, health.isWell ? [`Plumbline runs${since}${connected}.`] : health.faults);
    return health.isWell ? 0 : 1;
  });
}

const HELP = `${examples('health', 'health --json')}
Exit codes: 0 well; 1 not running, silent for two minutes, without Slack for five, or a sweep ten minutes overdue.
`;

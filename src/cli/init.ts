import { dirname, join } from 'node:path';
import { parseEnv } from 'node:util';
import type { Command } from 'commander';
import { configOf } from '../config.js';
import { configFileOf } from '../config-file.js';
import { UserError, UserErrors } from '../errors.js';
import { examples, printLines, type Shell } from './command.js';
import type { InitAnswers, InitSlack } from './init-answers.js';
import { envText, secretsOf } from './init-env.js';
import { type Given, givenBy, type InitOptions, refuseGaps, wantsSlack } from './init-flags.js';
import { askAll, askForOne, ownZone } from './init-questions.js';
import { ymlText } from './init-yml.js';
import { openOutput } from './output-file.js';
import type { World } from './world.js';

const YML = 'plumbline.yml';
const ENV = '.env';
/** Only its owner reads a file with secrets. */
const PRIVATE = 0o600;
/** Where an editor may find the schema, seen from the file: beside it, in a clone, in a project that has Plumbline. */
const SCHEMAS = [
  './plumbline.schema.json',
  './docs/plumbline.schema.json',
  './node_modules/plumbline/docs/plumbline.schema.json',
];

/** `plumbline init`: writes a first `plumbline.yml` and `.env`, from answers to a few questions or from options. */
export function addInit(shell: Shell): void {
  const command = shell.program
    .command('init')
    .description('Write a first plumbline.yml and .env by asking a few questions, or from options.');
  addOptions(command)
    .addHelpText('after', `${examples(...EXAMPLES)}${HELP}`)
    .action((options: InitOptions) => init(shell.world, options));
}

function addOptions(command: Command): Command {
  const gather = (text: string, texts: readonly string[]): readonly string[] => [...texts, text];
  const none: readonly string[] = [];
  return command
    .option('--yes', 'ask nothing: what no option says has its default')
    .option('--pbx <id=url>', 'a PBX and its address; once for each', gather, none)
    .option('--name <id=name>', 'what messages call a PBX', gather, none)
    .option('--tag <id=tag>', 'a tag of a PBX; once for each', gather, none)
    .option('--client-id <id>', 'the client id of the API client in 3CX (default: "plumbline")')
    .option('--approvals-channel <id>', 'the Slack channel in which requests wait')
    .option('--reports-channel <id>', 'the Slack channel for reports (default: that for approvals)')
    .option('--approver <id>', 'who may approve, a Slack user or user group; once for each', gather, none)
    .option('--admin <id>', 'who administers (default: the approvers)', gather, none)
    .option('--one-approval', 'one approval is enough for a high risk as well')
    .option('--schedule <cron>', 'when every PBX is checked (default: "0 2 * * *")')
    .option('--timezone <zone>', 'the IANA zone of that time (default: that of this machine)')
    .option('--dir <folder>', 'where the files are written', '.')
    .option('--force', 'replace files that are there already');
}

async function init(world: World, options: InitOptions): Promise<void> {
  const paths = { yml: join(options.dir, YML), env: join(options.dir, ENV) };
  if (options.force !== true) refuseToReplace(world, [paths.yml, paths.env]);
  const given = givenBy(options, world.variables);
  const answers =
    options.yes === true
      ? fromOptions(given, options.oneApproval === true)
      : await fromQuestions(world, given);
  await world.makeFolder(options.dir);
  const schema = SCHEMAS.find((path) => world.isThere(join(options.dir, path))) ?? null;
  await write(world, paths, { yml: ymlText(answers, schema), env: envText(answers) }, options.force === true);
  printLines(world, nextLines(answers, options.dir, paths));
}

function refuseToReplace(world: World, paths: readonly string[]): void {
  const there = paths.filter((path) => world.isThere(path));
  if (there.length === 0) return;
  throw new UserError(
    'conflict',
    `${there.join(' and ')} ${there.length === 1 ? 'is' : 'are'} there already.`,
    {
      field: '--force',
      mend: 'Choose another folder with --dir, or replace what is there with --force.',
    },
  );
}

function fromOptions(given: Given, isOneEnough: boolean): InitAnswers {
  refuseGaps(given);
  const answers = {
    pbxs: given.pbxs,
    clientId: given.clientId ?? 'plumbline',
    slack: slackOf(given, isOneEnough),
    cron: given.cron ?? '0 2 * * *',
    timezone: given.timezone ?? ownZone(),
  };
  const faults = faultsOf(answers);
  const isLone = faults.some(({ field }) => field === 'approvals');
  if (isLone) {
    throw new UserError('invalid', 'A change of high risk needs two people who approve, and only one may.', {
      field: '--approver',
      mend: 'Add another --approver, or --one-approval where one is enough.',
    });
  }
  raise(faults);
  return answers;
}

function slackOf(given: Given, isOneEnough: boolean): InitSlack | null {
  const { approvalsChannel, reportsChannel, botToken, appToken } = given;
  if (!wantsSlack(given) || approvalsChannel === undefined) return null;
  const approvers = given.approvers.length > 0 ? given.approvers : given.admins;
  const admins = given.admins.length > 0 ? given.admins : given.approvers;
  return {
    approvalsChannel,
    reportsChannel: reportsChannel ?? approvalsChannel,
    approvers,
    admins,
    botToken,
    appToken,
    isOneEnough,
  };
}

async function fromQuestions(world: World, given: Given): Promise<InitAnswers> {
  const questions = world.openQuestions();
  const tell = (text: string): void => world.err(`${text}\n`);
  try {
    let answers = await askAll(given, questions, tell);
    for (;;) {
      const faults = faultsOf(answers);
      const isLone = faults.some(({ field }) => field === 'approvals');
      if (!isLone || answers.slack === null) {
        raise(faults);
        return answers;
      }
      answers = { ...answers, slack: await askForOne(answers.slack, questions, tell) };
    }
  } finally {
    questions.close();
  }
}

/** What the loader has against these answers once the secrets are filled in. */
function faultsOf(answers: InitAnswers): readonly UserError[] {
  const filled = { SLACK_BOT_TOKEN: 'xoxb-later', SLACK_APP_TOKEN: 'xapp-later' };
  const secrets = Object.keys(secretsOf(answers)).map((name) => [name, 'later'] as const);
  const written = Object.entries(parseEnv(envText(answers))).filter(([, value]) => value !== '');
  const env = { ...Object.fromEntries(secrets), ...(answers.slack === null ? {} : filled) };
  try {
    configOf({ ...env, ...Object.fromEntries(written) }, configFileOf(YML, ymlText(answers, null)), {
      isServing: true,
    });
    return [];
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return error instanceof UserErrors ? error.errors : [error];
  }
}

function raise([first, ...others]: readonly UserError[]): void {
  if (first !== undefined) throw new UserErrors([first, ...others]);
}

interface Files<T> {
  readonly yml: T;
  readonly env: T;
}

/** Both files or none. */
async function write(
  world: World,
  paths: Files<string>,
  texts: Files<string>,
  isReplacing: boolean,
): Promise<void> {
  const how = { field: '--dir', isReplacing };
  const env = await openOutput(world, paths.env, { ...how, mode: PRIVATE });
  const yml = await openOutput(world, paths.yml, how).catch(async (error: unknown) => {
    await env.discard();
    throw error;
  });
  await env.write(texts.env);
  await yml.write(texts.yml);
  await env.close();
  await yml.close();
}

function nextLines(answers: InitAnswers, dir: string, paths: Files<string>): readonly string[] {
  const empty = Object.entries(secretsOf(answers)).flatMap(([name, value]) => (value === '' ? name : []));
  return [
    `${paths.yml} and ${paths.env} are written; ${paths.env} can be read by you alone. Keep it out of git.`,
    ...(empty.length === 0
      ? []
      : [
          `Fill in ${empty.join(', ')} in ${paths.env}; docs/install-slack.md and docs/install-3cx.md say where to get them.`,
        ]),
    'Then:',
    ...(dirname(paths.yml) === '.' ? [] : [`  cd ${dir}`]),
    '  plumbline doctor   # looks whether every PBX lets Plumbline in',
    '  plumbline serve    # serves Slack and checks every night',
  ];
}

const EXAMPLES = [
  'init',
  'init --yes --pbx hq=https://pbx.example.com:5001 --name "hq=Head office" --tag hq=emea',
  'init --yes --pbx hq=https://pbx.example.com:5001 --approvals-channel C0123456789 --approver U0123456789 --approver S0123456789',
];

const HELP = `
Secrets are never options, which other users of the machine can see. They are asked for, or taken from
SLACK_BOT_TOKEN, SLACK_APP_TOKEN and, for a PBX named hq, PBX_HQ_SECRET; or you fill them in in .env later.
`;

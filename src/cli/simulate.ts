import type { PbxSimulator } from '../simulators/pbx/server.js';
import type { SlackSimulator } from '../simulators/slack/server.js';
import { UserError } from '../errors.js';
import { examples, printLines, type Shell, wholeNumber } from './command.js';
import type { World } from './world.js';

interface PbxOptions {
  readonly port: number;
  readonly id: string;
  readonly version?: string;
  readonly count: number;
}

const CLIENT_ID = 'plumbline';
const PEOPLE = [
  { id: 'U0ADMIN', name: 'admin' },
  { id: 'U0APPROVER', name: 'approver' },
  { id: 'U0REQUESTER', name: 'requester' },
];
const CHANNELS = [
  { id: 'C0APPROVALS', name: 'pbx-approvals' },
  { id: 'C0REPORTS', name: 'pbx-reports' },
];

/** `plumbline simulate`: stand-ins for a 3CX and for Slack, to try Plumbline out without either. */
export function addSimulate(shell: Shell): void {
  const { program, world } = shell;
  const simulate = program
    .command('simulate')
    .description('Run a stand-in for a 3CX or for Slack, to try Plumbline out.')
    .addHelpText('after', examples('simulate pbx --port 5001', 'simulate slack'));
  simulate
    .command('pbx')
    .description('Run simulated PBXs until SIGINT or SIGTERM.')
    .option('--port <number>', 'where to listen; 0 for any free port', wholeNumber(0), 5001)
    .option('--id <id>', 'the id of the PBX; of several the first part of their ids', 'pbx')
    .option('--version <version>', 'the 3CX version, for example 20.0.9')
    .option('--count <number>', 'how many PBXs', wholeNumber(1), 1)
    .addHelpText('after', examples('simulate pbx --port 5001', 'simulate pbx --count 20 --version 20.0.9'))
    .action((options: PbxOptions) => simulatePbx(world, options));
  simulate
    .command('slack')
    .description('Run a simulated Slack workspace until SIGINT or SIGTERM.')
    .option('--port <number>', 'where to listen; 0 for any free port', wholeNumber(0), 5002)
    .addHelpText('after', examples('simulate slack --port 5002'))
    .action((options: { readonly port: number }) => simulateSlack(world, options.port));
}

async function simulatePbx(world: World, options: PbxOptions): Promise<void> {
  const { startPbxSimulator } = await import('../simulators/pbx/server.js');
  const { count, id, version, port } = options;
  const ids = count === 1 ? [id] : Array.from({ length: count }, (_, index) => `${id}-${index + 1}`);
  const secret = `secret-${id}`;
  const clients = [{ clientId: CLIENT_ID, clientSecret: secret }];
  const pbxs = ids.map((own) => ({ id: own, clients, ...(version === undefined ? {} : { version }) }));
  const simulator = await listening(port, () => startPbxSimulator({ port, pbxs }));
  printLines(world, pbxWords(simulator, secret));
  await untilSignalled(world, simulator);
}

function pbxWords(simulator: PbxSimulator, secret: string): readonly string[] {
  const { url, ids } = simulator;
  const [first = ''] = ids;
  const fleet = [
    '# The fleet, for plumbline.yml:',
    'pbxs:',
    ...ids.flatMap((id) => [
      `  - id: ${id}`,
      `    url: ${simulator.pbx(id).url}`,
      `    clientId: ${CLIENT_ID}`,
      '    clientSecret: { env: THREECX_CLIENT_SECRET }',
    ]),
  ];
  return [
    `# ${ids.length === 1 ? 'A simulated 3CX answers' : `${ids.length} simulated 3CX answer`} at ${url}. Stop it with Ctrl-C.`,
    `THREECX_URL=${url}/${first}`,
    `THREECX_CLIENT_ID=${CLIENT_ID}`,
    `THREECX_CLIENT_SECRET=${secret}`,
    ...(ids.length === 1 ? [] : fleet),
    '# What it was asked and what was written: the control address',
    `#   ${url}/control/pbxs/${first}`,
    '# To change a setting behind Plumbline’s back:',
    `#   curl ${url}/control/pbxs/${first}/change -d '{"resource":"GeneralSettingsForApps","properties":{"AvatarStyle":"Circle"}}'`,
  ];
}

async function simulateSlack(world: World, port: number): Promise<void> {
  const { startSlackSimulator } = await import('../simulators/slack/server.js');
  const simulator = await listening(port, () =>
    startSlackSimulator({ port, people: PEOPLE, channels: CHANNELS }),
  );
  printLines(world, slackWords(simulator));
  await untilSignalled(world, simulator);
}

function slackWords(simulator: SlackSimulator): readonly string[] {
  return [
    `# A simulated Slack workspace answers at ${simulator.url}. Stop it with Ctrl-C.`,
    `SLACK_API_URL=${simulator.apiUrl}`,
    `SLACK_BOT_TOKEN=${simulator.botToken}`,
    `SLACK_APP_TOKEN=${simulator.appToken}`,
    'PLUMBLINE_APPROVALS_CHANNEL=C0APPROVALS',
    'PLUMBLINE_REPORTS_CHANNEL=C0REPORTS',
    'PLUMBLINE_ADMINS=U0ADMIN',
    'PLUMBLINE_APPROVERS=U0ADMIN,U0APPROVER',
    'PLUMBLINE_REQUESTERS=U0REQUESTER',
  ];
}

async function listening<T>(port: number, start: () => Promise<T>): Promise<T> {
  try {
    return await start();
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error) || error.code !== 'EADDRINUSE') throw error;
    throw new UserError('conflict', `Port ${port} is in use.`, {
      field: '--port',
      mend: 'Choose another one; --port 0 takes any that is free.',
    });
  }
}

async function untilSignalled(world: World, simulator: { close(): Promise<void> }): Promise<void> {
  await world.signalled();
  await simulator.close();
}

import { UserError } from '../errors.js';
import { type Observation, readingOf } from '../fleet/observation.js';
import { observe } from '../fleet/observe.js';
import { pbxOrOnly } from '../fleet/pbx.js';
import { resourceJson } from '../fleet/resource-json.js';
import { findObject, getResource, getSetting, resources } from '../settings/catalogue.js';
import { formatValue, jsonValue } from '../settings/kind.js';
import type { Resource, Setting } from '../settings/setting.js';
import { examples, printJson, printLines, type Shell, notice, table, withPlumbline } from './command.js';
import type { ExitCode, World } from './world.js';

interface ShowOptions {
  readonly pbx?: string;
  readonly resource?: string;
  readonly json?: true;
}

/** What is to be shown: the settings, and the names a person gave them, empty where they named none. */
interface Wanted {
  readonly resources: readonly Resource[];
  readonly settings: readonly Setting[];
  readonly names: readonly string[];
}

const DEFAULT_RESOURCE = 'GeneralSettingsForApps';

/** `plumbline show`: the settings as the PBX has them now. */
export function addShow(shell: Shell): void {
  shell.program
    .command('show')
    .description('Show the settings as the PBX has them now.')
    .argument('[settings...]', 'only these settings')
    .option('--pbx <id>', 'the PBX, where there are several')
    .option('--resource <name>', `one resource, or “all” (with --json the default is ${DEFAULT_RESOURCE})`)
    .option('--json', 'as JSON, as the PBX sent it; pictures as type, size and hash')
    .addHelpText(
      'after',
      examples(
        'show',
        'show --json',
        'show AvatarStyle EnableChat',
        'show --resource GeneralSettingsForPbx --pbx hq',
        'show --resource all --json',
      ),
    )
    .action((names: readonly string[], options: ShowOptions) => show(shell, names, options));
}

function show(shell: Shell, names: readonly string[], options: ShowOptions): Promise<void> {
  const wanted = wantedOf(names, options);
  return withPlumbline(shell, async ({ ctx }) => {
    const { world } = shell;
    const pbx = pbxOrOnly(ctx, options.pbx);
    const observation = await observe(
      ctx,
      pbx,
      wanted.resources.map(({ name }) => name),
    );
    if (options.json === true) printAsJson(world, observation, wanted, options);
    else
      printLines(
        world,
        wanted.resources.flatMap((resource) => section(observation, resource, wanted)),
      );
    return complain(world, observation, wanted);
  });
}

function wantedOf(names: readonly string[], options: ShowOptions): Wanted {
  if (names.length > 0) {
    if (options.resource !== undefined) {
      throw new UserError('invalid', 'Name settings or a resource, not both.', { field: '--resource' });
    }
    const settings = [...new Set(names.flatMap((name) => findObject(name)?.leaves ?? [getSetting(name)]))];
    const held = resources.filter(({ name }) => settings.some(({ resource }) => resource === name));
    return { resources: held, settings, names };
  }
  const name = options.resource ?? (options.json === true ? DEFAULT_RESOURCE : 'all');
  const chosen = name.toLowerCase() === 'all' ? resources : [getResource(name)];
  return { resources: chosen, settings: chosen.flatMap(({ settings }) => settings), names };
}

function printAsJson(world: World, observation: Observation, wanted: Wanted, options: ShowOptions): void {
  const sent = resourceJson(observation);
  if (Object.keys(sent).length === 0) return;
  if (wanted.names.length > 0) return printJson(world, namedJson(observation, wanted));
  const [only] = wanted.resources;
  const isWhole = options.resource?.toLowerCase() === 'all' || only === undefined;
  printJson(world, isWhole ? sent : sent[only.name]);
}

function namedJson(observation: Observation, wanted: Wanted): Readonly<Record<string, unknown>> {
  const values = wanted.settings.flatMap((setting) => {
    const reading = readingOf(observation, setting.key);
    return reading.status === 'read' ? [[setting.key, jsonValue(setting, reading.value)] as const] : [];
  });
  return Object.fromEntries(values);
}

function section(observation: Observation, resource: Resource, wanted: Wanted): readonly string[] {
  if (!(resource.name in observation.properties)) return [];
  const version = observation.version === null ? '' : `, 3CX ${observation.version}`;
  const settings = wanted.settings.filter((setting) => setting.resource === resource.name);
  const rows = settings.map((setting) => [setting.label, setting.key, shown(observation, setting)]);
  return [`${resource.label} of ${observation.pbxId}${version}`, ...table(rows, '  ')];
}

function shown(observation: Observation, setting: Setting): string {
  const reading = readingOf(observation, setting.key);
  return reading.status === 'read' ? formatValue(setting, reading.value) : `– (${reading.because})`;
}

/** Says what could not be read. A setting that this version of 3CX does not have is missed only where it was asked for. */
function complain(world: World, observation: Observation, wanted: Wanted): ExitCode {
  const complaints = wanted.resources.flatMap(({ name }) => {
    const settings = wanted.settings.filter(({ resource }) => resource === name);
    const readings = settings.map((setting) => ({ setting, reading: readingOf(observation, setting.key) }));
    const [first] = readings;
    if (!(name in observation.properties) && first !== undefined && first.reading.status !== 'read') {
      return [`${name} could not be read from ${observation.pbxId}: ${first.reading.because}`];
    }
    return readings.flatMap(({ setting, reading }) => {
      const isMissed = reading.status === 'unknown' || wanted.names.length > 0;
      return reading.status !== 'read' && isMissed ? [`${setting.label}: ${reading.because}.`] : [];
    });
  });
  for (const complaint of complaints) notice(world, [`plumbline: ${complaint}`]);
  return complaints.length === 0 ? 0 : 1;
}

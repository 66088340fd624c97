import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { activeExceptions } from '../baseline/exception-store.js';
import { desiredFor, type Rule } from '../baseline/rules.js';
import { currentBaseline, releasedBaseline } from '../baseline/store.js';
import { type Ctx, type Pbx, timestamp } from '../ctx.js';
import { allMemories, correctedAt } from '../drift/memory-store.js';
import { UserError } from '../errors.js';
import { covers } from '../fleet/covers.js';
import { findDescription } from '../fleet/description-store.js';
import { observe } from '../fleet/observe.js';
import { pbxOrOnly } from '../fleet/pbx.js';
import { getSetting } from '../settings/catalogue.js';
import { anonymous } from './anonymous.js';
import { type CaseInputs, type CasePbx, playCase } from './case.js';
import { printLines, type Shell, withPlumbline } from './command.js';
import { requireBaseline } from './report.js';
import type { World } from './world.js';

const NAME = /^[a-z0-9]+(-[a-z0-9]+)*$/;

interface RecordOptions {
  readonly name?: string;
  readonly into: string;
  readonly why: string;
}

/** `plumbline record-case`, for developers: what a sweep would make of a PBX right now, as a test case without secrets. */
export function addRecordCase(shell: Shell): void {
  shell.program
    .command('record-case', { hidden: true })
    .description('Record what a sweep would make of a PBX right now as a folder, without secrets.')
    .argument('[pbx]', 'which PBX, where there are several')
    .option('--name <name>', 'what to call it (default: recorded- and the time)')
    .option('--into <folder>', 'where the folder goes', 'test/cases')
    .option('--why <text>', 'what it shows', 'Recorded from a PBX.')
    .action((id: string | undefined, options: RecordOptions) => record(shell, id, options));
}

function record(shell: Shell, id: string | undefined, options: RecordOptions): Promise<void> {
  return withPlumbline(shell, async ({ ctx }) => {
    const name = options.name ?? `recorded-${timestamp(ctx).slice(0, 19).replace(/\D/g, '-')}`;
    if (!NAME.test(name)) {
      throw new UserError('invalid', `“${name}” cannot be the name of a case.`, {
        field: 'name',
        mend: 'Use small letters, digits and hyphens.',
      });
    }
    await requireBaseline(ctx.db);
    const inputs = withoutSecrets(await inputsOf(ctx, pbxOrOnly(ctx, id)));
    const folder = join(options.into, name);
    if ((await mkdir(folder, { recursive: true })) === undefined) {
      throw new UserError('conflict', `The folder “${folder}” is already there.`, {
        field: 'name',
        mend: 'Choose another --name.',
      });
    }
    const why = options.why.replace(/\s+/g, ' ').trim();
    await write(shell.world, join(folder, 'inputs.yml'), `# ${why}\n${yaml(inputs)}`);
    await write(shell.world, join(folder, 'expected.yml'), yaml(playCase(inputs)));
    printLines(shell.world, [folder]);
    return 0;
  });
}

/** Throws where what was taken out would have changed the outcome. */
function withoutSecrets(inputs: CaseInputs): CaseInputs {
  const masked = anonymous(inputs);
  const told = (one: CaseInputs): string =>
    JSON.stringify(Object.values(playCase(one).pbxs).map(({ findings, withheld }) => [findings, withheld]));
  const [before, after] = [told(inputs), told(masked)];
  if (before === after) return masked;
  throw new UserError('conflict', 'Without its names and texts the case would come out differently.', {
    mend: 'Write it by hand, after one of the others.',
  });
}

/** Everything a sweep of this PBX alone would depend on. Reads the PBX and writes nothing to it. */
async function inputsOf(ctx: Ctx, pbx: Pbx): Promise<CaseInputs> {
  const now = timestamp(ctx);
  const current = await currentBaseline(ctx.db);
  const released = await releasedBaseline(ctx.db);
  const own = (rules: readonly Rule[]): readonly Rule[] => rules.filter(({ target }) => covers(target, pbx));
  const exceptions = (await activeExceptions(ctx.db, now)).filter(({ target }) => covers(target, pbx));
  const windows = ctx.windows.filter(({ target }) => covers(target, pbx));
  const freezes = ctx.freezes.filter(({ target }) => covers(target, pbx));
  const desired = desiredFor(current, exceptions, pbx, ctx.now());
  const keys = desired.map(({ rule }) => rule.key);
  return {
    now,
    rules: own(current.rules),
    ...(released.version === current.version ? {} : { released: own(released.rules) }),
    ...(exceptions.length === 0 ? {} : { exceptions }),
    guards: ctx.guards,
    ...(windows.length === 0 ? {} : { windows }),
    ...(freezes.length === 0 ? {} : { freezes }),
    pbxs: [
      { id: pbx.id, tags: pbx.tags, ...(await readings(ctx, pbx, keys)), ...(await history(ctx, pbx, keys)) },
    ],
  };
}

async function readings(
  ctx: Ctx,
  pbx: Pbx,
  keys: readonly string[],
): Promise<Pick<CasePbx, 'version' | 'live' | 'unreadable' | 'missing' | 'description'>> {
  const names = [...new Set(keys.map((key) => getSetting(key).resource))];
  const { version, properties, readings } = await observe(ctx, pbx, names);
  const description = version === null ? undefined : await findDescription(ctx.db, version);
  const failed = names.filter((name) => !(name in properties));
  const isMissing = (name: string): boolean =>
    keys.some((key) => getSetting(key).resource === name && readings[key]?.status === 'not-applicable');
  return {
    ...(version === null ? {} : { version }),
    ...(description === undefined ? {} : { description }),
    live: properties,
    missing: said(failed.filter(isMissing), 'it has no such resource'),
    unreadable: said(
      failed.filter((name) => !isMissing(name)),
      'it could not be read',
    ),
  };
}

function said(names: readonly string[], because: string): Readonly<Record<string, string>> {
  return Object.fromEntries(names.map((name) => [name, because]));
}

async function history(
  ctx: Ctx,
  pbx: Pbx,
  keys: readonly string[],
): Promise<Pick<CasePbx, 'memory' | 'corrected'>> {
  const memories = (await allMemories(ctx.db)).get(pbx.id) ?? new Map();
  const since = new Date(ctx.now().getTime() - ctx.guards.flaps.withinMs).toISOString();
  const corrected: Record<string, readonly string[]> = {};
  for (const key of keys) {
    const times = await correctedAt(ctx.db, pbx.id, key, since);
    if (times.length > 0) corrected[key] = times;
  }
  return {
    ...(memories.size === 0 ? {} : { memory: Object.fromEntries(memories) }),
    ...(Object.keys(corrected).length === 0 ? {} : { corrected }),
  };
}

async function write(world: World, path: string, text: string): Promise<void> {
  const file = await world.createFile(path, false);
  await file.write(text);
  await file.close();
}

function yaml(value: unknown): string {
  return stringify(value, { lineWidth: 0, aliasDuplicateObjects: false });
}

import { type HistoryEntry, settingHistory } from '../changes/history.js';
import type { ChangeRequest } from '../changes/request.js';
import { jsonRequest } from '../changes/request-json.js';
import type { Ctx, Pbx } from '../ctx.js';
import { never } from '../errors.js';
import { jsonOutcome } from '../fleet/outcome.js';
import { getPbx, pbxOrOnly } from '../fleet/pbx.js';
import { findObject, findSetting, getSetting } from '../settings/catalogue.js';
import { formatValue } from '../settings/kind.js';
import {
  actorWords,
  examples,
  printJson,
  printLines,
  type Shell,
  notice,
  table,
  wholeNumber,
  withPlumbline,
} from './command.js';
import { breakGlassWords, outcomeLine, plain, stepWords } from './words.js';

interface HistoryOptions {
  readonly limit: number;
  readonly json?: true;
}

interface Meant {
  readonly pbx: Pbx;
  readonly keys: readonly string[];
}

/** `plumbline history`: the life of a setting on one PBX. */
export function addHistory(shell: Shell): void {
  shell.program
    .command('history')
    .description(
      'Show what became of a setting on a PBX, newest first: who changed it, why, from what to what.',
    )
    .usage('[options] [pbx] [setting...]')
    .argument('[words...]', 'the PBX, where there are several, then settings; without any, all of them')
    .option('--limit <number>', 'how many entries', wholeNumber(1), 20)
    .option('--json', 'as JSON; pictures as type, size and hash')
    .addHelpText('after', HELP)
    .action((words: readonly string[], options: HistoryOptions) => history(shell, words, options));
}

function history(shell: Shell, words: readonly string[], options: HistoryOptions): Promise<void> {
  const { world } = shell;
  return withPlumbline(shell, async ({ ctx }) => {
    const meant = meantBy(ctx, words);
    const { entries, hasOlder } = await settingHistory(ctx.db, { ...meant, limit: options.limit });
    if (options.json === true) printJson(world, entries.map(jsonEntry));
    else printLines(world, table(entries.flatMap((entry) => rowsOf(entry, meant))));
    if (hasOlder) notice(world, [`There is more; --limit ${options.limit * 2} shows it.`]);
    return 0;
  });
}

/** The PBX may be left out where there is only one. Throws `UserError` with the nearest names for a word that is neither. */
function meantBy(ctx: Pick<Ctx, 'pbxs'>, words: readonly string[]): Meant {
  const [first, ...rest] = words;
  if (first === undefined) return { pbx: pbxOrOnly(ctx, undefined), keys: [] };
  const isPbx = ctx.pbxs.some(({ id }) => id.toLowerCase() === first.toLowerCase());
  const isSetting = findSetting(first) !== undefined || findObject(first) !== undefined;
  if (!isPbx && (isSetting || rest.length === 0))
    return { keys: keysOf(words), pbx: pbxOrOnly(ctx, undefined) };
  return { pbx: getPbx(ctx, first), keys: keysOf(rest) };
}

function keysOf(names: readonly string[]): readonly string[] {
  return names.flatMap((name) => (findObject(name)?.leaves ?? [getSetting(name)]).map(({ key }) => key));
}

function rowsOf(entry: HistoryEntry, meant: Meant): readonly (readonly string[])[] {
  switch (entry.kind) {
    case 'write':
      return entry.outcomes.map((outcome) => [
        entry.at,
        outcome.key,
        outcomeLine(outcome),
        ...byWords(entry.by),
      ]);
    case 'request':
      return stepsOf(entry.request, meant).map(([key, step]) => [
        entry.at,
        key,
        step,
        ...requestWords(entry.request),
      ]);
    default:
      return never(entry);
  }
}

function byWords(by: Extract<HistoryEntry, { kind: 'write' }>['by']): readonly string[] {
  if (by.kind === 'request') return requestWords(by.request);
  return [by.number === null ? 'a sweep' : `sweep #${by.number}`, ''];
}

function requestWords(request: ChangeRequest): readonly string[] {
  const mark = breakGlassWords(request);
  const asked = `#${request.number} ${request.state}, asked by ${actorWords(request.requestedBy)}`;
  return [mark === '' ? asked : `${asked}, ${mark}`, plain(request.reason)];
}

/** What a request that wrote nothing here wants of the settings in question. */
function stepsOf({ content }: ChangeRequest, { pbx, keys }: Meant): readonly (readonly [string, string])[] {
  const isMeant = ({ key }: { readonly key: string }): boolean => keys.length === 0 || keys.includes(key);
  if (content.kind === 'settings') {
    const left = content.left.find(({ pbxId }) => pbxId === pbx.id);
    if (left !== undefined) return [['', `left out: ${left.because}`]];
    const items = content.parts.find(({ pbxId }) => pbxId === pbx.id)?.items ?? [];
    return items
      .filter(isMeant)
      .map(({ key, before, value }) => [key, `${labelOf(key)}: ${stepWords(key, before, value)}`]);
  }
  if (content.kind === 'pause') return [['', `sweeps paused for ${content.target} until ${content.untilAt}`]];
  if (content.kind === 'exception') {
    const { target, untilAt } = content;
    return content.keys
      .filter((key) => isMeant({ key }))
      .map((key) => [key, `${labelOf(key)}: exception for ${target} until ${untilAt}`]);
  }
  const rules = content.rules
    .filter(isMeant)
    .map(
      ({ key, value, mode, target }) =>
        [
          key,
          `${labelOf(key)}: baseline ${formatValue(getSetting(key), value)} (${mode}, for ${target})`,
        ] as const,
    );
  const removed = (content.removed ?? [])
    .filter(isMeant)
    .map(({ key, target }) => [key, `${labelOf(key)}: no baseline for ${target}`] as const);
  return [...rules, ...removed];
}

function labelOf(key: string): string {
  return getSetting(key).label;
}

function jsonEntry(entry: HistoryEntry): Readonly<Record<string, unknown>> {
  if (entry.kind === 'request')
    return { kind: entry.kind, at: entry.at, request: jsonRequest(entry.request) };
  const { kind, at, by, outcomes } = entry;
  const whose = by.kind === 'request' ? { request: jsonRequest(by.request) } : { sweep: by.number };
  return { kind, at, outcomes: outcomes.map(jsonOutcome), ...whose };
}

const HELP = `${examples('history AvatarStyle', 'history hq AvatarStyle', 'history hq --limit 100', 'history hq AutoSchedulerSettings --json')}
A request that asked for a setting and wrote nothing is listed too, with what became of it.
`;

import { isDeepStrictEqual } from 'node:util';
import type { Config, SlackConfig } from './config.js';
import type { PbxConfig } from './config-file.js';
import type { Guards, Roles } from './ctx.js';
import { wordsOfSeconds } from './settings/duration.js';

/** What can be said of one PBX and of several: `was added` and `were added`. */
type Verb = readonly [one: string, many: string];

const MOST_NAMES = 5;

/**
 * The configuration that is in force once `next` was read while `current` is in force. The database, the log and the
 * connection to Slack were opened with what was read at the start, and stay as they are.
 */
export function takenOver(current: Config, next: Config): Config {
  const { databaseUrl, logLevel } = current;
  // It may be the one beside the database, which is still the same.
  const { stopFile } = next.databaseUrl === databaseUrl ? next : current;
  return { ...next, databaseUrl, logLevel, stopFile, slack: slackTakenOver(current.slack, next.slack) };
}

/** What differs between two configurations, one plain sentence a change; never a secret. */
export function changesBetween(current: Config, next: Config): readonly string[] {
  const taken = takenOver(current, next);
  return [
    ...pbxChanges(current.pbxs, taken.pbxs),
    ...roleChanges(current.roles, taken.roles),
    ...listChanges('approval rule', current.approvalRules, taken.approvalRules),
    ...channelChanges(current.slack, taken.slack),
    ...told('The schedule is', scheduleOf(current), scheduleOf(taken)),
    ...sweepChanges(current, taken),
    ...guardChanges(current.guards, taken.guards),
    ...listChanges('window', current.windows, taken.windows),
    ...listChanges('freeze', current.freezes, taken.freezes),
    ...told('The stop file is', current.stopFile, taken.stopFile),
    ...restarts(current, next),
  ];
}

function slackTakenOver(current: SlackConfig | null, next: SlackConfig | null): SlackConfig | null {
  if (current === null || next === null) return current;
  const { botToken, connection, apiUrl } = current;
  return { ...next, botToken, connection, apiUrl };
}

/** The same sentence about several PBXs is said once. */
function pbxChanges(current: readonly PbxConfig[], next: readonly PbxConfig[]): readonly string[] {
  const known = new Map(current.map((pbx) => [pbx.id, pbx]));
  const stays = new Set(next.map(({ id }) => id));
  const said: readonly (readonly [string, Verb])[] = [
    ...next.flatMap((pbx) => changesOf(known.get(pbx.id), pbx).map((verb) => [pbx.id, verb] as const)),
    ...current.flatMap(({ id }) => (stays.has(id) ? [] : [[id, ['was removed', 'were removed']] as const])),
  ];
  const idsByVerb = new Map<string, { readonly verb: Verb; readonly ids: string[] }>();
  for (const [id, verb] of said) {
    const group = idsByVerb.get(verb[0]) ?? { verb, ids: [] };
    group.ids.push(id);
    idsByVerb.set(verb[0], group);
  }
  return [...idsByVerb.values()].map(({ ids, verb: [one, many] }) =>
    ids.length === 1 ? `${ids.join('')} ${one}.` : `${listed(ids)} ${many}.`,
  );
}

function changesOf(before: PbxConfig | undefined, after: PbxConfig): readonly Verb[] {
  if (before === undefined) return [['was added', 'were added']];
  const tags = after.tags.length === 0 ? 'no tags' : `the tags ${after.tags.join(', ')}`;
  const timeout = after.timeoutMs === undefined ? 'the usual time' : `${after.timeoutMs} ms`;
  const verbs: readonly (readonly [keyof PbxConfig, Verb])[] = [
    ['name', [`is called ${after.name} now`, `are called ${after.name} now`]],
    ['url', [`has the address ${after.url} now`, `have the address ${after.url} now`]],
    ['tags', [`has ${tags} now`, `have ${tags} now`]],
    ['credential', ['has another credential now', 'have another credential now']],
    ['ca', ['has another certificate authority now', 'have another certificate authority now']],
    ['timeoutMs', [`has ${timeout} for a request now`, `have ${timeout} for a request now`]],
  ];
  return verbs.flatMap(([key, verb]) => (isDeepStrictEqual(before[key], after[key]) ? [] : [verb]));
}

function roleChanges(before: Roles, after: Roles): readonly string[] {
  const words = (ids: readonly string[], none: string): string => (ids.length === 0 ? none : ids.join(', '));
  return [
    ...told('The admins are', words(before.admins, 'nobody'), words(after.admins, 'nobody')),
    ...told('The approvers are', words(before.approvers, 'nobody'), words(after.approvers, 'nobody')),
    ...told('Requesters are', words(before.requesters, 'everyone'), words(after.requesters, 'everyone')),
    ...told('Glass may be broken by', words(before.breakGlass, 'nobody'), words(after.breakGlass, 'nobody')),
  ];
}

function channelChanges(before: SlackConfig | null, after: SlackConfig | null): readonly string[] {
  if (before === null || after === null) return [];
  const tags = [...new Set([...Object.keys(before.tagChannels), ...Object.keys(after.tagChannels)])];
  const channelOf = (slack: SlackConfig, tag: string): string =>
    slack.tagChannels[tag] ?? `${slack.reportsChannel} like all others`;
  return [
    ...told('Requests are posted in', before.approvalsChannel, after.approvalsChannel),
    ...told('Reports are posted in', before.reportsChannel, after.reportsChannel),
    ...tags.flatMap((tag) =>
      before.tagChannels[tag] === after.tagChannels[tag]
        ? []
        : [`Reports about the tag ${tag} are posted in ${channelOf(after, tag)} now.`],
    ),
  ];
}

function sweepChanges({ sweepPolicy: before }: Config, { sweepPolicy: after }: Config): readonly string[] {
  const span = (ms: number): string => wordsOfSeconds(ms / 1000);
  return [
    ...told('sweep.concurrency is', String(before.concurrency), String(after.concurrency)),
    ...told('sweep.splay is', span(before.splayMs), span(after.splayMs)),
    ...told(
      'The weekly summary comes at',
      `${before.digest.expression} ${before.digest.timezone}`,
      `${after.digest.expression} ${after.digest.timezone}`,
    ),
  ];
}

function guardChanges(before: Guards, after: Guards): readonly string[] {
  const [was, is] = [guardWords(before), guardWords(after)];
  return Object.entries(is).flatMap(([key, words]) => told(`guards.${key} is`, was[key] ?? '', words));
}

function guardWords({ flaps, share, failures, ...rest }: Guards): Readonly<Record<string, string>> {
  const percent = (part: number): string => `${Number((part * 100).toFixed(2))}%`;
  return {
    settings: String(rest.settings),
    share: percent(share),
    fewest: String(rest.fewest),
    failures: percent(failures),
    'flaps.corrections': String(flaps.corrections),
    'flaps.within': wordsOfSeconds(flaps.withinMs / 1000),
    'flaps.rearm': wordsOfSeconds(flaps.rearmMs / 1000),
    previews: String(rest.previews),
  };
}

/** Of approval rules the first that is for a request counts, so their order is worth a sentence too. */
function listChanges(
  what: string,
  before: readonly { readonly name: string }[],
  after: readonly { readonly name: string }[],
): readonly string[] {
  const find = (list: typeof before, name: string) => list.find((one) => one.name === name);
  const changes = [
    ...after.flatMap((one) => {
      const known = find(before, one.name);
      if (known === undefined) return [`The ${what} “${one.name}” was added.`];
      return isDeepStrictEqual(known, one) ? [] : [`The ${what} “${one.name}” was changed.`];
    }),
    ...before.flatMap(({ name }) =>
      find(after, name) === undefined ? [`The ${what} “${name}” was removed.`] : [],
    ),
  ];
  if (changes.length > 0 || isDeepStrictEqual(before, after)) return changes;
  return [`The ${what}s have another order now.`];
}

function restarts(current: Config, next: Config): readonly string[] {
  const connectionOf = (slack: SlackConfig | null) =>
    slack === null ? null : [slack.botToken, slack.connection, slack.apiUrl];
  const differs = (before: unknown, after: unknown, line: string): readonly string[] =>
    isDeepStrictEqual(before, after) ? [] : [line];
  return [
    ...differs(
      connectionOf(current.slack),
      connectionOf(next.slack),
      'Slack tokens are read at start; restart to change them.',
    ),
    ...differs(
      current.databaseUrl,
      next.databaseUrl,
      'The database is opened at start; restart to change it.',
    ),
    ...differs(current.logLevel, next.logLevel, 'The log level is read at start; restart to change it.'),
  ];
}

function scheduleOf({ schedule }: Config): string {
  return `${schedule.expression} ${schedule.timezone}`;
}

function told(words: string, before: string, after: string): readonly string[] {
  return before === after ? [] : [`${words} ${after} now.`];
}

function listed(ids: readonly string[]): string {
  if (ids.length > MOST_NAMES + 1) {
    return `${ids.slice(0, MOST_NAMES).join(', ')} and ${ids.length - MOST_NAMES} others`;
  }
  return `${ids.slice(0, -1).join(', ')} and ${ids.at(-1) ?? ''}`;
}

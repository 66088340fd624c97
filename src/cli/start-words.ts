import type { Pbx, Roles, Schedule } from '../ctx.js';
import { table } from './command.js';
import { counted, plain } from './words.js';
import type { SlackPlace } from './world.js';

/** What Plumbline is connected to and what it governs, when it starts. */
export interface StartFacts {
  readonly version: string;
  readonly databaseUrl: string;
  readonly slack: SlackPlace | null;
  /** Who Slack says Plumbline is; null as long as Slack was not reached. */
  readonly identity: { readonly workspace: string; readonly bot: string } | null;
  readonly pbxs: readonly Pick<Pbx, 'id' | 'url' | 'tags'>[];
  readonly baseline: { readonly version: number; readonly rules: readonly unknown[] };
  readonly roles: Pick<Roles, 'approvers'>;
  readonly schedule: Schedule;
  readonly nextSweepAt: Date | null;
}

const MOST_NAMED = 8;
const TRANSPORTS = { socket: 'Socket Mode', http: 'HTTP' } as const;

/** The start for a person: a few plain lines. */
export function startLines(facts: StartFacts): readonly string[] {
  const rows: (readonly [string, string])[] = [
    ['Slack', slackWords(facts)],
    ['Database', databaseWords(facts.databaseUrl)],
    [counted(facts.pbxs.length, 'PBX'), pbxWords(facts.pbxs)],
    ['Baseline', baselineWords(facts)],
    ['Approvals', approvalWords(facts)],
    ...(facts.slack === null ? [] : [['Reports', reportWords(facts.slack)] as const]),
    ['Next sweep', sweepWords(facts)],
  ];
  return [`Plumbline ${facts.version} runs. Ctrl-C ends it.`, ...table(rows, '  ')];
}

/** The same for a program that reads the log. */
export function startEntry(facts: StartFacts): object {
  const { version, slack, identity, pbxs, baseline, roles, schedule, nextSweepAt, databaseUrl } = facts;
  return {
    version,
    slack: slack?.kind ?? null,
    workspace: identity?.workspace ?? null,
    bot: identity?.bot ?? null,
    database: databaseWords(databaseUrl),
    pbxs: pbxs.map(({ id, url }) => ({ id, url })),
    tags: Object.fromEntries(tagCounts(pbxs)),
    baseline: { version: baseline.version, rules: baseline.rules.length },
    approvers: roles.approvers,
    channels: slack === null ? null : { approvals: slack.approvalsChannel, reports: slack.reportsChannel },
    schedule,
    nextSweepAt: nextSweepAt?.toISOString() ?? null,
    nextSweep: sweepWords(facts),
  };
}

function slackWords({ slack, identity }: StartFacts): string {
  if (slack === null) {
    return 'not connected, so only the schedule runs; docs/install-slack.md says how to connect it';
  }
  const way = TRANSPORTS[slack.kind];
  if (identity === null) return `not reached yet by ${way}; it is tried again and again`;
  return `workspace ${plain(identity.workspace)}, as @${plain(identity.bot)}, by ${way}`;
}

/** Never with a password, which may stand in the address. */
function databaseWords(url: string): string {
  if (url.startsWith('sqlite:')) return `SQLite, ${url.slice('sqlite:'.length)}`;
  const { host, pathname } = URL.parse(url) ?? { host: 'an unknown place', pathname: '' };
  return `PostgreSQL, ${host}${pathname}`;
}

function pbxWords(pbxs: StartFacts['pbxs']): string {
  const more = pbxs.length > MOST_NAMED ? [`and ${pbxs.length - MOST_NAMED} more`] : [];
  const names = [...pbxs.slice(0, MOST_NAMED).map(({ id }) => id), ...more].join(', ');
  const tags = tagCounts(pbxs).map(([tag, count]) => `${tag} ${count}`);
  return tags.length === 0 ? names : `${names}; by tag: ${tags.join(', ')}`;
}

function tagCounts(pbxs: StartFacts['pbxs']): readonly (readonly [string, number])[] {
  const counts = new Map<string, number>();
  for (const tag of pbxs.flatMap(({ tags }) => tags)) counts.set(tag, (counts.get(tag) ?? 0) + 1);
  const untagged = pbxs.filter(({ tags }) => tags.length === 0).length;
  const some = [...counts].toSorted(([a], [b]) => a.localeCompare(b));
  return some.length === 0 || untagged === 0 ? some : [...some, ['none', untagged]];
}

function baselineWords({ baseline, pbxs }: StartFacts): string {
  const { version, rules } = baseline;
  if (version > 0) return `version ${version} with ${counted(rules.length, 'rule')}`;
  return `none yet, so nothing is corrected; plumbline baseline capture ${pbxs[0]?.id ?? ''} takes one`;
}

function approvalWords({ slack, roles: { approvers } }: StartFacts): string {
  if (approvers.length === 0) return 'nobody is asked: what the operator asks for counts at once';
  const who = `by ${approvers.slice(0, MOST_NAMED).join(', ')}`;
  const more = approvers.length > MOST_NAMED ? ` and ${approvers.length - MOST_NAMED} more` : '';
  return `${who}${more}${slack === null ? '' : `, in ${slack.approvalsChannel}`}`;
}

function reportWords({ reportsChannel, tagChannels }: SlackPlace): string {
  const others = Object.entries(tagChannels).map(([tag, channel]) => `about ${tag} in ${channel}`);
  return [`in ${reportsChannel}`, ...others].join('; ');
}

function sweepWords({ nextSweepAt, schedule: { timezone } }: StartFacts): string {
  if (nextSweepAt === null) return 'none is scheduled';
  const words = new Intl.DateTimeFormat('en-GB', {
    timeZone: timezone,
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).format(nextSweepAt);
  return `${words} (${timezone})`;
}

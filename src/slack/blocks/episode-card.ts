import { sentence } from '../../errors.js';
import type { ChangeRequest } from '../../changes/request.js';
import { isFinal } from '../../changes/transitions.js';
import type { Episode, EpisodeStatus } from '../../drift/episode.js';
import { targetName } from './change-words.js';
import { hasBecome } from './change-words.js';
import { actions, type Block, type Button, button, context, type Message, section } from './kit.js';
import { time } from './people.js';
import { authorWords, reason } from './report-words.js';
import { labelOf, valueOf } from './setting-words.js';
import { counted, escape, spoken } from './text.js';

const HOUR_MS = 3_600_000;

const titles: Readonly<Record<EpisodeStatus, string>> = {
  waiting: 'Drift, waiting',
  drifted: 'Drift',
  'not-converged': 'Correction not kept',
  quarantined: 'Left alone: it keeps coming back',
};

/** What a card of a drift needs to know besides the drift. */
export interface EpisodeFacts {
  readonly nameOf: (pbxId: string) => string;
  /** The request that answers it, if one was made. */
  readonly request: ChangeRequest | null;
  /** Whether somebody gave a setting that was left alone another chance since. */
  readonly isRearmed: boolean;
  /** Whom a critical drift is told, as mentions; empty for others. */
  readonly people: string;
}

/** The one card of a drift, as it stands now. */
export function episodeCard(episode: Episode, facts: EpisodeFacts): Message {
  const lines = episodeLines(episode, facts);
  const buttons = episodeButtons(episode, facts);
  const since = `Since the sweep of ${time(episode.openedAt)}, last seen ${time(episode.seenAt)}`;
  return {
    text: spoken(lines),
    blocks: [
      section(lines.join('\n')),
      ...(buttons.length === 0 ? [] : [actions(...buttons)]),
      context(since, ruleWords(episode, facts)),
    ],
  };
}

/** A drift in a list, with what can be done about it. */
export function episodeBlocks(episode: Episode, facts: EpisodeFacts): Block[] {
  const buttons = episodeButtons(episode, facts);
  const text = section(episodeLines(episode, facts).join('\n'));
  return buttons.length === 0 ? [text] : [text, actions(...buttons)];
}

/** A drift in words: what it is, who probably did it, why it was not corrected, what becomes of it. */
export function episodeLines(episode: Episode, facts: EpisodeFacts): readonly string[] {
  const { key, status, rule, live, because, author, closedAt } = episode;
  const name = escape(facts.nameOf(episode.pbxId));
  const severity = rule.severity === 'critical' ? ', critical' : '';
  const title =
    closedAt === null
      ? `*${titles[status]}${severity}*: *${labelOf(key)}* of *${name}*`
      : `*Closed*: *${labelOf(key)}* of *${name}*. ${closedWords(episode)}`;
  const who = authorWords(author);
  const verb = closedAt === null ? 'is' : 'was';
  const values = `It ${verb} ${valueOf(key, live)}, the baseline says ${valueOf(key, rule.value)}`;
  const mention = facts.people === '' || closedAt !== null ? [] : [facts.people];
  return [
    title,
    `${values}${who === '' ? '' : `; ${who}`}.`,
    ...(because === null || closedAt !== null ? [] : [capitalised(sentence(reason(because)))]),
    ...requestLines(episode, facts),
    ...mention,
  ];
}

/** Told in the thread of the card when a drift got worse. */
export function worseMessage(episode: Episode, facts: EpisodeFacts): Message {
  const line = `This got worse: ${titles[episode.status].toLowerCase()}${episode.rule.severity === 'critical' ? ', critical' : ''}.`;
  const because = episode.because === null ? [] : [capitalised(sentence(reason(episode.because)))];
  const lines = [line, ...because, ...(facts.people === '' ? [] : [facts.people])];
  return { text: spoken(lines), blocks: [section(lines.join('\n'))] };
}

function episodeButtons(episode: Episode, { request, isRearmed, nameOf }: EpisodeFacts): readonly Button[] {
  const { id, key, status, closedAt } = episode;
  if (closedAt !== null) return [];
  const of = `${labelOf(key)} of ${nameOf(episode.pbxId)}`;
  const isAnswered = request !== null && !isFinal(request.state);
  const rearm = button('episode.rearm', 'Re-arm', id, { label: `Re-arm ${of}` });
  return [
    ...(isAnswered
      ? []
      : [
          button('episode.restore', 'Restore now', id, { style: 'primary', label: `Restore now: ${of}` }),
          button('episode.adopt', 'Adopt into baseline…', id, { label: `Adopt into baseline: ${of}` }),
          button('episode.except', 'Make an exception…', id, { label: `Make an exception: ${of}` }),
        ]),
    ...(status === 'quarantined' && !isRearmed ? [rearm] : []),
  ];
}

function requestLines(
  { status, closedAt }: Episode,
  { request, isRearmed }: EpisodeFacts,
): readonly string[] {
  const asked =
    request === null ? [] : [`${askedFor(request)} in #${request.number}, which ${hasBecome(request)}.`];
  const rearmed = status === 'quarantined' && isRearmed && closedAt === null;
  return [...asked, ...(rearmed ? ['It is re-armed: the next sweep corrects it again.'] : [])];
}

function askedFor({ content }: ChangeRequest): string {
  switch (content.kind) {
    case 'settings':
      return 'Restore asked for';
    case 'baseline':
      return 'Adoption into the baseline asked for';
    default:
      return 'An exception asked for';
  }
}

function closedWords({ openedAt, closedAt, closedBecause }: Episode): string {
  const after = closedAt === null ? '' : `, after ${lasted(Date.parse(closedAt) - Date.parse(openedAt))}`;
  return `${capitalised(escape(closedBecause ?? 'it is over'))}${after}.`;
}

function lasted(ms: number): string {
  const hours = Math.round(ms / HOUR_MS);
  if (hours < 1) return 'less than an hour';
  return hours < 48 ? counted(hours, 'hour') : counted(Math.round(hours / 24), 'day');
}

function ruleWords({ rule }: Episode, { nameOf }: EpisodeFacts): string {
  const mode = {
    enforce: 'sweeps correct it',
    ask: 'sweeps ask before they correct it',
    report: 'only reported',
  };
  return `Rule for ${escape(targetName(rule.target, nameOf))}, ${mode[rule.mode]}, ${rule.severity}`;
}

function capitalised(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}

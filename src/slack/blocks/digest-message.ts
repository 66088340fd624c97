import type { Tally, Week } from '../../drift/week-queries.js';
import { targetName } from './change-words.js';
import { context, header, listed, type Message, section } from './kit.js';
import { time } from './people.js';
import { coverage, fewNames, grouped, pbxCount } from './report-words.js';
import { labelOf } from './setting-words.js';
import { counted, escape, spoken } from './text.js';

const LINES_TEXT = 8000;
const MOST_NAMED = 10;

/** The quiet weekly summary: how often was looked, what drifted, what was corrected, what is left to do. */
export function digestMessage(week: Week, nameOf: (pbxId: string) => string): Message {
  const title = 'The week in short';
  const lines = [...ranLines(week), ...driftLines(week, nameOf), ...leftLines(week, nameOf)];
  return {
    text: spoken([title, ...lines]),
    blocks: [
      header(title),
      ...listed(lines, LINES_TEXT, (left) => `${counted(left, 'more line')}.`),
      context(
        `From ${time(week.fromAt)} to ${time(week.untilAt)}. \`/pbx-drift status\` shows how it stands now.`,
      ),
    ],
  };
}

function ranLines({ sweeps }: Week): readonly string[] {
  const [last] = sweeps;
  if (last === undefined) return ['*No sweep ended this week.* Look whether Plumbline runs as it should.'];
  const ran = `*${counted(sweeps.length, 'sweep')}* ended.`;
  return last.totals === null ? [ran] : [`${ran} The last one (#${last.number}): ${coverage(last.totals)}`];
}

function driftLines(week: Week, nameOf: (pbxId: string) => string): readonly string[] {
  const { opened, closed, corrected, stillOpen, topSettings, topPbxs } = week;
  const top = (what: string, tallies: readonly Tally[], words: (name: string) => string): string[] =>
    tallies.length === 0
      ? []
      : [`${what}: ${tallies.map(({ name, count }) => `${words(name)} (${grouped(count)})`).join(', ')}`];
  return [
    `*Drift*: ${grouped(opened)} began, ${grouped(closed)} ended, ${grouped(stillOpen)} open; ${counted(corrected, 'correction')} made and kept.`,
    ...top('Settings that drifted most', topSettings, labelOf),
    ...top('PBXs that drifted most', topPbxs, (id) => escape(nameOf(id))),
  ];
}

function leftLines(week: Week, nameOf: (pbxId: string) => string): readonly string[] {
  const { quarantines, ending, unread } = week;
  const named = quarantines.map(({ pbxId, key }) => `${nameOf(pbxId)} (${labelOf(key)})`);
  return [
    ...(quarantines.length === 0
      ? []
      : [`*Left alone because they keep coming back*: ${fewNames(named, MOST_NAMED)}`]),
    ...ending
      .slice(0, MOST_NAMED)
      .map(
        ({ key, target, untilAt }) =>
          `*Exception ends* ${time(untilAt)}: ${labelOf(key)} on ${escape(targetName(target, nameOf))}`,
      ),
    ...(ending.length > MOST_NAMED
      ? [`${counted(ending.length - MOST_NAMED, 'more exception')} within two weeks.`]
      : []),
    ...(unread.length === 0
      ? []
      : [`*Not read for a week*: ${pbxCount(unread.length)} (${fewNames(unread.map(nameOf), MOST_NAMED)})`]),
  ];
}

/** Told once, when Plumbline runs again after sweeps that were due did not happen. */
export function silenceMessage({
  sinceAt,
  missed,
}: {
  readonly sinceAt: string;
  readonly missed: number;
}): Message {
  const sweeps = missed === 1 ? 'one sweep was' : `${grouped(missed)} sweeps were`;
  const lines = [
    `:warning: *No sweep has run since ${time(sinceAt)}*, although ${sweeps} due.`,
    'Plumbline did not run, or could not begin one. It runs again now, and one sweep makes up for all of them.',
  ];
  return {
    text: spoken(lines.map((line) => line.replace(':warning: ', ''))),
    blocks: [section(lines.join('\n')), context('Look at the log of the time in between.')],
  };
}

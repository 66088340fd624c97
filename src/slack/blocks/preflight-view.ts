import type { Pbx } from '../../ctx.js';
import type { Preflight } from '../../fleet/preflight.js';
import { type Check, CHECK_LABELS, type CheckStatus, verdictOf } from '../../fleet/preflight-checks.js';
import { type Stop, stopWords } from '../../fleet/stop.js';
import { context, listed, type Message, section } from './kit.js';
import { clip, code, counted, escape, spoken } from './text.js';

const SHOWN_TEXT = 11_000;
const NAMES_TEXT = 1500;

const ICONS: Readonly<Record<CheckStatus, string>> = {
  ok: ':white_check_mark:',
  warning: ':warning:',
  failed: ':x:',
  unknown: ':grey_question:',
};

/** What a preflight found: of one PBX all of it, of several what is not well. */
export function preflightMessage(
  found: readonly Preflight[],
  pbxs: readonly Pbx[],
  stop: Stop | null,
): Message {
  const held = stop === null ? [] : [`:octagonal_sign: Nothing is written: ${escape(stopWords(stop))}`];
  const [only, ...others] = found;
  const message =
    only !== undefined && others.length === 0 ? oneMessage(only, pbxs) : manyMessage(found, pbxs);
  return {
    text: spoken([...held, message.text]),
    blocks: [...held.map((line) => section(line)), ...message.blocks],
  };
}

function oneMessage({ pbxId, version, checks }: Preflight, pbxs: readonly Pbx[]): Message {
  const of = version === null ? code(pbxId) : `${code(pbxId)}, 3CX ${escape(version)}`;
  const title = `*Check of ${nameOf(pbxId, pbxs)}* (${of})`;
  const lines = checks.map(checkLine);
  return {
    text: spoken([title, ...lines]),
    blocks: [section(title), ...listed(lines, SHOWN_TEXT, (left) => `${left} more`)],
  };
}

function manyMessage(found: readonly Preflight[], pbxs: readonly Pbx[]): Message {
  const by = (verdict: string): readonly Preflight[] =>
    found.filter(({ checks }) => verdictOf(checks) === verdict);
  const [well, warned, failed] = [by('ok'), by('warning'), by('failed')];
  const title = `*Checked ${counted(found.length, 'PBX')}*: ${well.length} well, ${warned.length} with warnings, ${failed.length} failed`;
  const lines = [...failed, ...warned].map((one) => problemLines(one, pbxs));
  const names = clip(well.map(({ pbxId }) => pbxId).join(', '), NAMES_TEXT);
  const rest = (left: number): string =>
    `${left} more PBXs are not well: look at some with /pbx check, or at all with plumbline doctor.`;
  return {
    text: spoken([title, ...lines]),
    blocks: [
      section(title),
      ...listed(lines, SHOWN_TEXT, rest),
      ...(well.length === 0 ? [] : [context(`Well: ${escape(names)}`)]),
    ],
  };
}

function problemLines({ pbxId, checks }: Preflight, pbxs: readonly Pbx[]): string {
  const problems = checks.filter(({ status }) => status !== 'ok');
  return [`*${nameOf(pbxId, pbxs)}* (${code(pbxId)})`, ...problems.map(checkLine)].join('\n');
}

function checkLine({ name, status, says, mend }: Check): string {
  const rest = mend === null ? '' : ` ${escape(mend)}`;
  return `${ICONS[status]} *${CHECK_LABELS[name]}:* ${escape(says)}${rest}`;
}

function nameOf(pbxId: string, pbxs: readonly Pbx[]): string {
  return escape(pbxs.find(({ id }) => id === pbxId)?.name ?? pbxId);
}

import type { StoredException } from '../../baseline/exception-store.js';
import { targetName } from './change-words.js';
import { actions, type Block, button, context, type Message, section } from './kit.js';
import { ownerName, time } from './people.js';
import { labelOf } from './setting-words.js';
import { clip, counted, escape, lengthOf, spoken } from './text.js';

/** Slack docs: a message has at most 50 blocks; about 13,200 characters fit into them. */
const MOST_SHOWN = 20;
const SHOWN_TEXT = 11_000;
const HOUR_MS = 3_600_000;
const REASON_TEXT = 300;

/** What a list of exceptions needs to know besides them. */
export interface ExceptionFacts {
  /** The target the list is for, where it is not for all. */
  readonly named: string | undefined;
  readonly nameOf: (pbxId: string) => string;
  /** Whether the reader may end one. */
  readonly isTheirs: (exception: StoredException) => boolean;
  readonly now: Date;
}

/** The exceptions in force, the one that ends first leading, with a button to end those that the reader may end. */
export function exceptionsMessage(exceptions: readonly StoredException[], facts: ExceptionFacts): Message {
  const { named, nameOf } = facts;
  const of = named === undefined ? '' : ` for *${escape(targetName(named, nameOf))}*`;
  if (exceptions.length === 0) {
    const none = `No exception is in force${of}.`;
    return { text: spoken([none]), blocks: [section(none), context(HOW)] };
  }
  const title = `*${counted(exceptions.length, 'exception')}* in force${of}`;
  const blocks: Block[] = [section(title)];
  const lines: string[] = [title];
  for (const exception of exceptions.slice(0, MOST_SHOWN)) {
    const line = exceptionLine(exception, facts);
    const end = button('exception.end', 'End now', exception.id, {
      label: `End the exception for ${labelOf(exception.key)}`,
    });
    const more = [section(line), ...(facts.isTheirs(exception) ? [actions(end)] : [])];
    if (lengthOf([...blocks, ...more]) > SHOWN_TEXT) break;
    blocks.push(...more);
    lines.push(line);
  }
  const left = exceptions.length - (lines.length - 1);
  const rest = left === 0 ? [] : [`${left} more: name a PBX or a tag to see fewer at a time.`];
  return { text: spoken([...lines, ...rest]), blocks: [...blocks, context([...rest, HOW].join('\n'))] };
}

/** Says that an exception was ended early, and what becomes of its setting. */
export function endedMessage({ key, target }: StoredException, nameOf: (pbxId: string) => string): Message {
  const line = `The exception for *${labelOf(key)}* of *${escape(targetName(target, nameOf))}* is over. The next sweep holds its rule again.`;
  return { text: spoken([line]), blocks: [section(line)] };
}

const HOW =
  '`/pbx-baseline except` asks for one. When one ends, the next sweep holds its rule again; its owner is warned before.';

function exceptionLine(
  { key, target, untilAt, owner, reason }: StoredException,
  { nameOf, now }: ExceptionFacts,
): string {
  const name = escape(targetName(target, nameOf));
  const left = Date.parse(untilAt) - now.getTime();
  return [
    `*${labelOf(key)}* of *${name}* ends ${time(untilAt)}, in ${leftWords(left)}`,
    `${ownerName(owner)} answers for it: ${escape(clip(reason.replaceAll(/\s+/g, ' ').trim(), REASON_TEXT))}`,
  ].join('\n');
}

function leftWords(ms: number): string {
  const hours = Math.floor(ms / HOUR_MS);
  if (hours < 1) return 'less than an hour';
  return hours < 48 ? counted(hours, 'hour') : counted(Math.floor(hours / 24), 'day');
}

import { z } from 'zod';
import type { PbxConfig } from './config-file.js';
import { UserError } from './errors.js';
import { secondsOfWords } from './settings/duration.js';

export const MINUTE_MS = 60_000;
export const DAY_MS = 86_400_000;

/** Slack docs: the id of a channel begins with C, that of an old private channel with G. */
export const CHANNEL_ID = /^[CG][A-Z0-9]{2,}$/;

/** How long something may last, in milliseconds and in words. */
export interface Span {
  readonly leastMs: number;
  readonly mostMs: number;
  /** What stands after “between” and “from”: `5 minutes` and `90 days`. */
  readonly words: readonly [string, string];
}

/** A duration in words such as `1d 12h`, which becomes milliseconds. */
export function durationWithin({ leastMs, mostMs, words: [least, most] }: Span) {
  return z
    .string({ error: ({ input }) => (input === undefined ? 'is missing' : 'must be a duration') })
    .transform((text, context) => {
      const ms = durationMs(text);
      if (ms !== null && ms >= leastMs && ms <= mostMs) return ms;
      const fault = ms === null ? 'no duration' : `not between ${least} and ${most}`;
      context.addIssue({ code: 'custom', message: `is “${text}”, which is ${fault}` });
      return z.NEVER;
    })
    .meta({ pattern: '^\\s*\\d+\\s*[A-Za-z]' });
}

/** How to write a duration. */
export function durationMend({ words: [least, most] }: Span): string {
  return `Write it as 90m, 24h, 3d or 1d 12h; from ${least} to ${most}.`;
}

const A_SHARE = 'must be a share such as 25%, or a number from 0 to 1';

/** A share as `25%` or 0.25, which becomes a number from 0 to 1. */
export const Share = z
  .union(
    [
      z.number().min(0, A_SHARE).max(1, A_SHARE),
      z.string().regex(/^\s*(100|\d{1,2}(\.\d+)?)\s*%\s*$/, A_SHARE),
    ],
    { error: A_SHARE },
  )
  .transform((share) => (typeof share === 'number' ? share : Number.parseFloat(share) / 100));

/**
 * A target, which becomes the one of the known that is meant: a PBX may be named in any case, as everywhere, tags are
 * compared as they are. Where the known ones are null, because they have faults of their own, any text will do.
 */
export function targetAmong(known: readonly string[] | null) {
  return z.string().transform((text, context) => {
    const target = known === null ? text : known.find((one) => isSameTarget(one, text));
    if (target !== undefined) return target;
    context.addIssue({ code: 'custom', message: `is “${text}”, which is no PBX, no tag and not all` });
    return z.NEVER;
  });
}

/** All targets there are, or null where that is not known. */
export function targetsOf(pbxs: readonly PbxConfig[] | null): readonly string[] | null {
  if (pbxs === null) return null;
  return ['all', ...pbxs.map(({ id }) => id), ...tagsOf(pbxs).map((tag) => `tag:${tag}`)];
}

/** All tags there are, each once. */
export function tagsOf(pbxs: readonly PbxConfig[]): readonly string[] {
  return [...new Set(pbxs.flatMap(({ tags }) => tags))];
}

/** What to do about an unknown target, where the known ones are known. */
export function targetMends(targets: readonly string[] | null): Readonly<Record<string, string>> {
  return targets === null ? {} : { target: `Known are ${targets.slice(0, 20).join(', ')}.` };
}

function isSameTarget(known: string, text: string): boolean {
  return known === text || (!known.startsWith('tag:') && known.toLowerCase() === text.toLowerCase());
}

/** Milliseconds of `1d 12h`, or null; clock times and ISO durations, which other places take, are none here. */
function durationMs(text: string): number | null {
  if (!/^\s*\d+\s*[a-z]/i.test(text)) return null;
  try {
    return secondsOfWords(text) * 1000;
  } catch (error) {
    if (error instanceof UserError) return null;
    throw error;
  }
}

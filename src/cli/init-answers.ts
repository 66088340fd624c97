import type { z } from 'zod';
import { Pbx, PBX_MENDS } from '../config-fleet.js';
import {
  API_CLIENT_MEND,
  APP_TOKEN_MEND,
  BOT_TOKEN_MEND,
  CHANNEL_MEND,
  PERSON_MEND,
} from '../config-places.js';
import { RolesSection } from '../config-roles.js';
import { CRON_MEND, ZONE_MEND } from '../config-schedule.js';
import { tokenFault } from '../config-slack.js';
import { CHANNEL_ID } from '../config-values.js';
import { UserError } from '../errors.js';
import { scheduleFault } from '../jobs/due.js';
import { SECRET_MEND, secretFault } from '../config-secret.js';
import { envLine } from './env-line.js';

/** A PBX as `plumbline init` writes it; a secret that is empty is filled in later. */
export interface InitPbx {
  readonly id: string;
  readonly name: string;
  readonly url: string;
  readonly tags: readonly string[];
  readonly secret: string;
}

/** Where Slack comes in; tokens that are empty are filled in later. */
export interface InitSlack {
  readonly approvalsChannel: string;
  readonly reportsChannel: string;
  readonly admins: readonly string[];
  readonly approvers: readonly string[];
  readonly botToken: string;
  readonly appToken: string;
  /** Whether one approval is enough also for a high risk, as where only one person may approve. */
  readonly isOneEnough: boolean;
}

/** All that the two files are made of. */
export interface InitAnswers {
  readonly clientId: string;
  readonly pbxs: readonly InitPbx[];
  readonly slack: InitSlack | null;
  readonly cron: string;
  readonly timezone: string;
}

/** Turns what somebody typed into what is written. Throws `UserError` with the mend. */
export type Check<T> = (text: string) => T;

/** An id that no PBX has yet. */
export function newId(taken: readonly string[]): Check<string> {
  return (text) => {
    const id = checked(Pbx.shape.id, 'The short name', PBX_MENDS.id)(text);
    const isTaken = taken.some((other) => other.toLowerCase() === id.toLowerCase());
    if (!isTaken) return id;
    throw fault('The short name', 'is that of another PBX', 'Give every PBX one of its own.');
  };
}

export const pbxUrl = checked(Pbx.shape.url, 'The address', PBX_MENDS.url);

export const pbxName = checked(Pbx.shape.name.unwrap(), 'The name', 'Write what messages shall call it.');

export const clientId = checked(Pbx.shape.clientId.unwrap(), 'The client id', API_CLIENT_MEND);

/** Any number of tags, separated by spaces or commas. */
export const pbxTags: Check<readonly string[]> = (text) =>
  checked(Pbx.shape.tags.unwrap(), 'The tags', PBX_MENDS.tags)(wordsIn(text));

/** Slack user ids and user group ids, separated by spaces or commas; at least one. */
export const people: Check<readonly string[]> = (text) => {
  const ids = checked(RolesSection.shape.approvers.unwrap(), 'The list', PERSON_MEND)(wordsIn(text));
  if (ids.length > 0) return ids;
  throw fault('The list', 'must not be empty', PERSON_MEND);
};

export const channel: Check<string> = (text) => {
  if (CHANNEL_ID.test(text)) return text;
  throw fault('The channel', `is “${text}”, which is not a Slack channel id`, CHANNEL_MEND);
};

export const botToken: Check<string> = token('SLACK_BOT_TOKEN', BOT_TOKEN_MEND);

export const appToken: Check<string> = token('SLACK_APP_TOKEN', APP_TOKEN_MEND);

/** Empty where it is filled in later. */
export const secret: Check<string> = (text) => {
  const what = secretFault(text);
  if (what !== null) throw fault('The key', what, SECRET_MEND);
  if (envLine('SECRET', text) !== null) return text;
  throw fault(
    'The key',
    'has signs that .env cannot hold',
    'Leave it empty here, put it into a file of its own, and write clientSecret: {file: PATH} in plumbline.yml.',
  );
};

export const cron: Check<string> = (text) => {
  const reason = scheduleFault({ expression: text, timezone: 'UTC' });
  if (reason === null) return text;
  throw fault('The schedule', `cannot be used: ${reason.replace(/\.$/, '')}`, CRON_MEND);
};

export const zone: Check<string> = (text) => {
  const reason = scheduleFault({ expression: '* * * * *', timezone: text });
  if (reason === null) return text;
  throw fault('The time zone', `cannot be used: ${reason.replace(/\.$/, '')}`, ZONE_MEND);
};

function token(name: 'SLACK_BOT_TOKEN' | 'SLACK_APP_TOKEN', mend: string): Check<string> {
  return (text) => {
    const what = text === '' ? null : tokenFault(name, text);
    if (what !== null) throw fault('The token', what, mend);
    return secret(text);
  };
}

function checked<S extends z.ZodType>(
  schema: S,
  what: string,
  mend: string,
): (input: z.input<S>) => z.output<S> {
  return (input) => {
    const parsed = schema.safeParse(input);
    if (parsed.success) return parsed.data;
    const [issue] = parsed.error.issues;
    throw fault(
      what,
      issue?.code === 'too_small' ? 'must not be empty' : (issue?.message ?? 'cannot be used'),
      mend,
    );
  };
}

function fault(what: string, is: string, mend: string): UserError {
  return new UserError('invalid', `${what} ${is}.`, { mend });
}

function wordsIn(text: string): string[] {
  return [...new Set(text.split(/[\s,]+/).filter((word) => word !== ''))];
}

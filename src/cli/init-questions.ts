import { UserError } from '../errors.js';
import * as check from './init-answers.js';
import type { Given } from './init-flags.js';
import type { Questions } from './prompt.js';
import { plain } from './words.js';

/** Somebody who is asked: what they type is checked at once, and asked for again where it cannot be used. */
interface Person {
  /** Throws `UserError` where nobody answers any more. */
  ask<T>(question: string, wanted: check.Check<T>, options?: Asking): Promise<T>;
  /** An empty line means no, or yes where `isYes`. */
  confirm(question: string, isYes?: boolean): Promise<boolean>;
}

interface Asking {
  /** What an empty line stands for. */
  readonly fallback?: string;
  readonly isSecret?: boolean;
}

/** Asks for whatever is not given yet. `tell` shows a line to the person. */
export async function askAll(
  given: Given,
  questions: Questions,
  tell: (text: string) => void,
): Promise<check.InitAnswers> {
  const person = createPerson(questions, tell);
  const clientId = async (): Promise<string> =>
    given.clientId ??
    person.ask('The client id of the API client, the same on every PBX', check.clientId, {
      fallback: 'plumbline',
    });
  tell(
    'Plumbline asks a few questions and writes plumbline.yml and .env. An empty answer takes what is in [ ].',
  );
  const pbxs = given.pbxs.length > 0 ? await withSecrets(person, given.pbxs) : await askPbxs(person);
  const client = await clientId();
  const slack = await askSlack(person, given);
  const timezone =
    given.timezone ?? (await person.ask('Your time zone', check.zone, { fallback: ownZone() }));
  const cron =
    given.cron ??
    (await person.ask('When shall every PBX be checked (a cron expression)', check.cron, {
      fallback: '0 2 * * *',
    }));
  return { pbxs, clientId: client, slack, timezone, cron };
}

/** The time zone of this machine. */
export function ownZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** Asks what becomes of high risks where only one person may approve; null for other approvers, who are asked for. */
export async function askForOne(
  slack: check.InitSlack,
  questions: Questions,
  tell: (text: string) => void,
): Promise<check.InitSlack> {
  const person = createPerson(questions, tell);
  tell('A change of high risk needs two people who approve, and only one may.');
  if (await person.confirm('Is one approval enough for a high risk as well'))
    return { ...slack, isOneEnough: true };
  return { ...slack, approvers: await askApprovers(person) };
}

async function askPbxs(person: Person): Promise<readonly check.InitPbx[]> {
  const pbxs: check.InitPbx[] = [];
  do {
    const taken = pbxs.map(({ id }) => id);
    const first = taken.length === 0 ? { fallback: 'hq' } : {};
    const id = await person.ask('Short name of the PBX, which people type', check.newId(taken), first);
    const url = await person.ask('Its address, such as https://pbx.example.com:5001', check.pbxUrl);
    const name = await person.ask('Its full name', check.pbxName, { fallback: id });
    const tags = await person.ask('Its tags, such as emea, if any', check.pbxTags, { fallback: '' });
    pbxs.push({ id, url, name, tags, secret: await askSecret(person, id) });
  } while (await person.confirm('Another PBX'));
  return pbxs;
}

async function withSecrets(
  person: Person,
  pbxs: readonly check.InitPbx[],
): Promise<readonly check.InitPbx[]> {
  const whole: check.InitPbx[] = [];
  for (const pbx of pbxs) {
    whole.push(pbx.secret === '' ? { ...pbx, secret: await askSecret(person, pbx.id) } : pbx);
  }
  return whole;
}

function askSecret(person: Person, id: string): Promise<string> {
  const question = `The key of the API client on ${id} (3CX: Integrations > API > Add; empty: later)`;
  return person.ask(question, check.secret, { fallback: '', isSecret: true });
}

async function askSlack(person: Person, given: Given): Promise<check.InitSlack | null> {
  const isGiven = given.approvalsChannel !== undefined;
  if (!isGiven && !(await person.confirm('Connect Slack', true))) return null;
  const approvalsChannel =
    given.approvalsChannel ??
    (await person.ask('The id of the channel for approvals, at the end of its details', check.channel));
  const reportsChannel =
    given.reportsChannel ??
    (await person.ask('The id of the channel for reports', check.channel, { fallback: approvalsChannel }));
  const approvers = given.approvers.length > 0 ? given.approvers : await askApprovers(person);
  const admins =
    given.admins.length > 0
      ? given.admins
      : await person.ask('Who administers', check.people, { fallback: approvers.join(' ') });
  const later = { fallback: '', isSecret: true };
  const botToken =
    given.botToken ||
    (await person.ask('The Bot User OAuth Token, xoxb-... (empty: later)', check.botToken, later));
  const appToken =
    given.appToken ||
    (await person.ask('The App-Level Token, xapp-... (empty: later)', check.appToken, later));
  return { approvalsChannel, reportsChannel, approvers, admins, botToken, appToken, isOneEnough: false };
}

function askApprovers(person: Person): Promise<readonly string[]> {
  return person.ask('Who may approve: ids of people (U...) or user groups (S...)', check.people);
}

function createPerson(questions: Questions, tell: (text: string) => void): Person {
  const lineFor = async (text: string, isSecret: boolean): Promise<string> => {
    const line = await questions.ask(text, isSecret);
    if (line !== null) return line.trim();
    throw new UserError('invalid', 'There was no answer, so nothing was written.', {
      mend: 'Answer all questions, or give everything as options with --yes; plumbline init --help lists them.',
    });
  };
  return {
    async ask(question, wanted, { fallback, isSecret = false } = {}) {
      const hint = fallback === undefined || fallback === '' ? '' : ` [${fallback}]`;
      for (;;) {
        const line = await lineFor(`${question}${hint}: `, isSecret);
        try {
          return wanted(line === '' ? (fallback ?? '') : line);
        } catch (error) {
          if (!(error instanceof UserError)) throw error;
          tell(`  ${plain(error.message)}\n  ${error.mend ?? ''}`);
        }
      }
    },
    async confirm(question, isYes = false) {
      for (;;) {
        const line = (await lineFor(`${question}? [${isYes ? 'yes' : 'no'}]: `, false)).toLowerCase();
        if (line === '') return isYes;
        if (['y', 'yes'].includes(line)) return true;
        if (['n', 'no'].includes(line)) return false;
        tell('  Answer yes or no.');
      }
    },
  };
}

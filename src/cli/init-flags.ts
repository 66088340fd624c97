import { gatherFaults } from '../config-faults.js';
import { API_CLIENT_MEND, PBX_ADDRESS_MEND } from '../config-places.js';
import { UserError } from '../errors.js';
import * as check from './init-answers.js';
import { secretVariable } from './init-env.js';

/** The options of `plumbline init` as they were typed. */
export interface InitOptions {
  readonly yes?: true;
  readonly force?: true;
  readonly dir: string;
  readonly pbx: readonly string[];
  readonly name: readonly string[];
  readonly tag: readonly string[];
  readonly clientId?: string;
  readonly approvalsChannel?: string;
  readonly reportsChannel?: string;
  readonly admin: readonly string[];
  readonly approver: readonly string[];
  readonly oneApproval?: true;
  readonly schedule?: string;
  readonly timezone?: string;
}

type Variables = Readonly<Record<string, string | undefined>>;

/** What options and variables say already; what they leave out is asked, or has a default. */
export interface Given {
  readonly pbxs: readonly check.InitPbx[];
  readonly clientId: string | undefined;
  readonly approvalsChannel: string | undefined;
  readonly reportsChannel: string | undefined;
  readonly admins: readonly string[];
  readonly approvers: readonly string[];
  readonly botToken: string;
  readonly appToken: string;
  readonly cron: string | undefined;
  readonly timezone: string | undefined;
}

/** Reads the options, and the secrets from the variables that hold them. Throws `UserErrors` with everything that is wrong. */
export function givenBy(options: InitOptions, variables: Variables): Given {
  const faults = gatherFaults();
  const optional = <T>(field: string, wanted: check.Check<T>, text: string | undefined): T | undefined =>
    text === undefined ? undefined : (faults.attempt(() => named(field, () => wanted(text))) ?? undefined);
  const list = (field: string, texts: readonly string[]): readonly string[] =>
    texts.length === 0 ? [] : (optional(field, check.people, texts.join(' ')) ?? []);
  const pbxs = faults.attempt(() => pbxsOf(options, variables)) ?? [];
  const given: Given = {
    pbxs,
    clientId: optional('--client-id', check.clientId, options.clientId),
    approvalsChannel: optional('--approvals-channel', check.channel, options.approvalsChannel),
    reportsChannel: optional('--reports-channel', check.channel, options.reportsChannel),
    admins: list('--admin', options.admin),
    approvers: list('--approver', options.approver),
    botToken: optional('SLACK_BOT_TOKEN', check.botToken, variables['SLACK_BOT_TOKEN']) ?? '',
    appToken: optional('SLACK_APP_TOKEN', check.appToken, variables['SLACK_APP_TOKEN']) ?? '',
    cron: optional('--schedule', check.cron, options.schedule),
    timezone: optional('--timezone', check.zone, options.timezone),
  };
  faults.raise();
  return given;
}

/** Whether anything of Slack is given, so that the rest of it is needed as well. */
export function wantsSlack({
  approvalsChannel,
  reportsChannel,
  admins,
  approvers,
  botToken,
}: Given): boolean {
  const isPlace = approvalsChannel !== undefined || reportsChannel !== undefined;
  return isPlace || botToken !== '' || admins.length + approvers.length > 0;
}

/** Throws `UserErrors` for whatever nobody can be asked for. */
export function refuseGaps(given: Given): void {
  const faults = gatherFaults();
  const missing = (field: string, what: string, mend: string): void =>
    faults.keep(new UserError('invalid', what, { field, mend }));
  if (given.pbxs.length === 0) {
    missing('--pbx', 'No PBX is named.', `Add --pbx hq=https://pbx.example.com:5001. ${API_CLIENT_MEND}`);
  }
  if (wantsSlack(given)) {
    if (given.approvalsChannel === undefined) {
      const mend = 'Add --approvals-channel C0123456789; the id stands at the end of the channel’s details.';
      missing('--approvals-channel', 'The channel for approvals is missing.', mend);
    }
    if (given.admins.length + given.approvers.length === 0) {
      const mend = 'Add --approver U0123456789, once for each; in Slack: Profile > ... > Copy member ID.';
      missing('--approver', 'Nobody may approve.', mend);
    }
  }
  faults.raise();
}

function pbxsOf({ pbx, name, tag }: InitOptions, variables: Variables): readonly check.InitPbx[] {
  const faults = gatherFaults();
  const urls = pbx.map((text) => pairOf('--pbx', text, 'hq=https://pbx.example.com:5001'));
  const ids = urls.map(([id]) => id);
  const ofPbx = (field: string, texts: readonly string[], example: string) =>
    texts.map((text) => {
      const [id, content] = pairOf(field, text, example);
      const index = ids.findIndex((other) => other.toLowerCase() === id.toLowerCase());
      if (index < 0) faults.keep(unknownPbx(field, id));
      return { index, content };
    });
  const names = ofPbx('--name', name, 'hq=Headquarters');
  const tags = ofPbx('--tag', tag, 'hq=emea');
  const pbxs = urls.map(([id, url], index) =>
    faults.attempt((): check.InitPbx => {
      named('--pbx', () => check.newId(ids.slice(0, index))(id));
      const own = names.findLast((one) => one.index === index)?.content ?? id;
      const mine = tags.flatMap((one) => (one.index === index ? one.content : []));
      const variable = secretVariable(id);
      return {
        id,
        name: named('--name', () => check.pbxName(own)),
        url: named('--pbx', () => check.pbxUrl(url), `${PBX_ADDRESS_MEND}.`),
        tags: named('--tag', () => check.pbxTags(mine.join(' '))),
        secret: named(variable, () => check.secret(variables[variable] ?? '')),
      };
    }),
  );
  faults.raise();
  return pbxs.filter((one) => one !== null);
}

function pairOf(field: string, text: string, example: string): readonly [string, string] {
  const at = text.indexOf('=');
  if (at > 0) return [text.slice(0, at).trim(), text.slice(at + 1).trim()];
  throw new UserError('invalid', `${field} is “${text}”, which names no PBX.`, {
    field,
    mend: `Write it as ${field} "${example}".`,
  });
}

function unknownPbx(field: string, id: string): UserError {
  const mend = 'Name the PBX with --pbx as well.';
  return new UserError('invalid', `${field} is for “${id}”, which no --pbx names.`, { field, mend });
}

/** Says at which option it was that something was wrong. */
function named<T>(field: string, read: () => T, mend?: string): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const other = mend ?? error.mend;
    throw new UserError('invalid', `${field}: ${error.message}`, {
      field,
      ...(other === undefined ? {} : { mend: other }),
    });
  }
}

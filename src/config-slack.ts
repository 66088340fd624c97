import type { Channels } from './config-channels.js';
import type { Environment } from './config-env.js';
import { gatherFaults, variableFault } from './config-faults.js';
import {
  APP_TOKEN_MEND,
  APPROVERS_MEND,
  BOT_TOKEN_MEND,
  CHANNEL_MEND,
  SIGNING_SECRET_MEND,
} from './config-places.js';
import type { Roles } from './ctx.js';

/** How to reach Slack: Socket Mode with an app token, HTTP with a signing secret. */
export interface SlackConfig {
  readonly botToken: string;
  readonly connection:
    | { readonly kind: 'socket'; readonly appToken: string }
    | { readonly kind: 'http'; readonly signingSecret: string; readonly port: number };
  /** Another Web API base, e.g. a simulator's; null for Slack's own. */
  readonly apiUrl: string | null;
  readonly approvalsChannel: string;
  readonly reportsChannel: string;
  /** Where drift of the PBXs of a tag is reported instead, by tag. */
  readonly tagChannels: Readonly<Record<string, string>>;
}

type TokenName = 'SLACK_BOT_TOKEN' | 'SLACK_APP_TOKEN';

/** Slack docs, "Tokens": what each kind begins with. */
const KINDS: readonly (readonly [string, string])[] = [
  ['xoxb-', 'a bot token (xoxb-...)'],
  ['xapp-', 'an app-level token (xapp-...)'],
  ['xoxp-', 'a token of a person (xoxp-...)'],
  ['xoxe', 'a token that expires (xoxe...)'],
];

const TOKENS: Readonly<Record<TokenName, { readonly start: string; readonly mend: string }>> = {
  SLACK_BOT_TOKEN: { start: 'xoxb-', mend: BOT_TOKEN_MEND },
  SLACK_APP_TOKEN: { start: 'xapp-', mend: APP_TOKEN_MEND },
};

/** Throws `UserErrors` for every token that is in the place of another kind. Never repeats one. */
export function refuseWrongTokens(vars: Environment): void {
  const faults = gatherFaults();
  for (const name of ['SLACK_BOT_TOKEN', 'SLACK_APP_TOKEN'] as const) {
    const token = vars[name];
    const fault = token === undefined ? null : tokenFault(name, token);
    if (fault !== null) faults.keep(variableFault(name, fault, TOKENS[name].mend));
  }
  const kind = kindOf(vars.SLACK_SIGNING_SECRET ?? '');
  if (kind !== undefined) {
    const what = `holds ${kind}, where the signing secret belongs`;
    faults.keep(variableFault('SLACK_SIGNING_SECRET', what, SIGNING_SECRET_MEND));
  }
  faults.raise();
}

/** What is wrong with a token in the place of this one, or null. */
export function tokenFault(name: TokenName, token: string): string | null {
  const { start } = TOKENS[name];
  if (token.startsWith(start)) return null;
  const wanted = kindOf(start) ?? start;
  const kind = kindOf(token);
  return kind === undefined
    ? `does not begin with ${start} as ${wanted.replace(/ \(.*/, '')} does`
    : `holds ${kind}, where ${wanted.replace(/^an? /, 'the ')} belongs`;
}

function kindOf(token: string): string | undefined {
  return KINDS.find(([start]) => token.startsWith(start))?.[1];
}

/**
 * How to reach Slack, or null where nothing says that Slack is wanted. Where Plumbline `isServing`, channels or one of the
 * other secrets say so too. `channels` and `roles` are null where they have faults of their own, which are said already.
 */
export function readSlack(
  vars: Environment,
  channels: Channels | null,
  roles: Roles | null,
  isServing: boolean,
): SlackConfig | null {
  const { SLACK_BOT_TOKEN: botToken, SLACK_API_URL: apiUrl = null } = vars;
  if (botToken === undefined && !(isServing && isWanted(vars, channels))) return null;
  const faults = gatherFaults();
  const approvalsChannel = channels?.approvals ?? null;
  if (channels !== null && approvalsChannel === null) {
    faults.keep(variableFault('PLUMBLINE_APPROVALS_CHANNEL', 'is missing', CHANNEL_MEND));
  }
  if (roles?.approvers.length === 0) {
    faults.keep(variableFault('PLUMBLINE_APPROVERS', 'is missing', APPROVERS_MEND));
  }
  if (botToken === undefined) faults.keep(variableFault('SLACK_BOT_TOKEN', 'is missing', BOT_TOKEN_MEND));
  const connection = faults.attempt(() => connectionOf(vars));
  faults.attempt(() => refuseWrongTokens(vars));
  faults.raise();
  if (approvalsChannel === null || connection === null || botToken === undefined) return null;
  const reportsChannel = channels?.reports ?? approvalsChannel;
  const tagChannels = channels?.tags ?? {};
  return { botToken, connection, apiUrl, approvalsChannel, reportsChannel, tagChannels };
}

function isWanted(vars: Environment, channels: Channels | null): boolean {
  if (vars.SLACK_APP_TOKEN !== undefined || vars.SLACK_SIGNING_SECRET !== undefined) return true;
  return (channels?.approvals ?? channels?.reports ?? null) !== null;
}

function connectionOf(vars: Environment): SlackConfig['connection'] {
  if (vars.SLACK_APP_TOKEN !== undefined) return { kind: 'socket', appToken: vars.SLACK_APP_TOKEN };
  if (vars.SLACK_SIGNING_SECRET !== undefined) {
    return { kind: 'http', signingSecret: vars.SLACK_SIGNING_SECRET, port: vars.PORT };
  }
  const mend = `${APP_TOKEN_MEND} Or set SLACK_SIGNING_SECRET for HTTP instead of Socket Mode.`;
  throw variableFault('SLACK_APP_TOKEN', 'is missing', mend);
}

/** Where a person gets what is missing: one line each, with where to click. */
const SLACK_GUIDE = 'docs/install-slack.md';
const PBX_GUIDE = 'docs/install-3cx.md';

const APP_PAGE = 'https://api.slack.com/apps > your app';

export const BOT_TOKEN_MEND = `Copy the Bot User OAuth Token (xoxb-...): ${APP_PAGE} > Install App; see ${SLACK_GUIDE}.`;

export const APP_TOKEN_MEND = `Make one with the scope connections:write (xapp-...): ${APP_PAGE} > Basic Information > App-Level Tokens > Generate Token and Scopes; see ${SLACK_GUIDE}.`;

export const SIGNING_SECRET_MEND = `Copy it: ${APP_PAGE} > Basic Information > App Credentials > Signing Secret > Show; see ${SLACK_GUIDE}.`;

export const CHANNEL_MEND =
  'Set it to the id of a channel, such as C0123456789. In Slack it stands at the end of the channel’s details: the channel > its name > About.';

/** How to find an id, since names, handles and e-mail addresses may change hands. */
export const PERSON_MEND =
  'Use an id such as U0123456789 or S0123456789. In Slack: Profile > ... > Copy member ID; for a user group: the group > ... > Copy group ID.';

export const APPROVERS_MEND =
  'Set it to Slack user ids or user group ids, separated by commas; nobody could approve a request. In Slack: Profile > ... > Copy member ID.';

export const PBX_ADDRESS_MEND =
  'Set it to the address of the PBX, with its port where that is not 443, for example https://pbx.example.com:5001';

export const API_CLIENT_MEND = `Make an API client in the admin console of 3CX: Integrations > API > Add; its key is shown once. See ${PBX_GUIDE}.`;

/** What to do where a secret that a file refers to is not there. */
export function secretMend(where: string): string {
  return `${where} For a PBX it is the key of its API client, Integrations > API in 3CX; see ${PBX_GUIDE}.`;
}

/** What to do where Plumbline cannot write in a channel. */
export function inviteMend(bot: string): string {
  return `In Slack open the channel and type /invite @${bot}; see ${SLACK_GUIDE}.`;
}

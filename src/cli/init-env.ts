import { envLine } from './env-line.js';
import type { InitAnswers } from './init-answers.js';

/** The variable that holds the secret of a PBX. */
export function secretVariable(id: string): string {
  return `PBX_${id.toUpperCase().replaceAll('-', '_')}_SECRET`;
}

/** The secrets that the files need, by their variables; those that are not known yet are empty. */
export function secretsOf({ slack, pbxs }: InitAnswers): Readonly<Record<string, string>> {
  return {
    ...(slack === null ? {} : { SLACK_BOT_TOKEN: slack.botToken, SLACK_APP_TOKEN: slack.appToken }),
    ...Object.fromEntries(pbxs.map(({ id, secret }) => [secretVariable(id), secret])),
  };
}

/** The `.env` of these answers. */
export function envText(answers: InitAnswers): string {
  const lineOf = (name: string, value: string): string => {
    const line = envLine(name, value);
    if (line === null) throw new Error(`${name} cannot be written`);
    return line;
  };
  const { slack, pbxs } = answers;
  const slackLines =
    slack === null
      ? [
          '# Slack, once you connect it: docs/install-slack.md. Name its channels and people in plumbline.yml then.',
          '#SLACK_BOT_TOKEN=',
          '#SLACK_APP_TOKEN=',
        ]
      : [
          '# Slack: the Bot User OAuth Token (xoxb-...) and the App-Level Token (xapp-...); docs/install-slack.md.',
          lineOf('SLACK_BOT_TOKEN', slack.botToken),
          lineOf('SLACK_APP_TOKEN', slack.appToken),
        ];
  return `${[
    '# The secrets of Plumbline. Keep this file out of git, and let nobody else read it.',
    '',
    ...slackLines,
    '',
    '# The key of the API client on each PBX, which 3CX shows once; docs/install-3cx.md.',
    ...pbxs.map(({ id, secret }) => lineOf(secretVariable(id), secret)),
    '',
    '# Where everything is kept: a file, or postgres://... where several machines share the work.',
    '#DATABASE_URL=sqlite:./data/plumbline.db',
    '# How much the log says: debug, info, warn, error or silent.',
    '#PLUMBLINE_LOG_LEVEL=info',
  ].join('\n')}\n`;
}

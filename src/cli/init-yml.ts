import { stringify } from 'yaml';
import { configDescription } from '../config-schema.js';
import type { InitAnswers, InitPbx, InitSlack } from './init-answers.js';
import { secretVariable } from './init-env.js';

/**
 * The `plumbline.yml` of these answers, every key with a line that says what it is for. `schema` is where an editor finds
 * the JSON Schema, or null. An example is a line whose # no single space follows: without its # it counts.
 */
export function ymlText(answers: InitAnswers, schema: string | null): string {
  const { slack, cron, timezone } = answers;
  return `${[
    ...(schema === null ? [] : [`# yaml-language-server: $schema=${schema}`]),
    '# The configuration of Plumbline. It holds no secret, it says where each of them is: in .env.',
    '# To use an example, take away the # at the beginning of its lines. plumbline serve reads this file again on SIGHUP.',
    '',
    ...section('defaults'),
    ...entry('defaults', 'clientId', answers.clientId),
    '',
    ...pbxLines(answers.pbxs),
    '',
    ...(slack === null ? slackExample() : slackLines(slack)),
    '',
    ...section('schedule'),
    ...entry('schedule', 'cron', cron),
    ...entry('schedule', 'timezone', timezone),
    '',
    ...example('sweep', ['concurrency: 16', 'splay: 10m']),
    ...comment('sweep.digest', '  '),
    `#  digest: ${value({ cron: '0 9 * * 1', timezone })}`,
    '',
    ...guardsExample(),
    '',
    ...periodExample('windows', 'nights', '0 22 * * *', '6h'),
    '',
    ...periodExample('freezes', 'year end', '0 0 20 12 *', '14d'),
    ...(slack?.isOneEnough === true ? [] : ['', ...approvalsExample()]),
    '',
    ...comment('stopFile'),
    '#stopFile: ./data/STOP',
  ].join('\n')}\n`;
}

function pbxLines(pbxs: readonly InitPbx[]): readonly string[] {
  return [
    ...section('pbxs'),
    ...pbxs.flatMap((pbx, index) => {
      const secret = { env: secretVariable(pbx.id) };
      const own = { id: pbx.id, name: pbx.name, url: pbx.url, tags: pbx.tags, clientSecret: secret };
      const lines = Object.entries(own).flatMap(([key, content]) => [
        // What is said of the first one holds for all.
        ...(index === 0 ? comment(`pbxs.${key}`, '    ') : []),
        `    ${key}: ${value(content)}`,
      ]);
      return hyphened(lines);
    }),
    ...comment('pbxs.timeoutMs', '    '),
    '#    timeoutMs: 15000',
  ];
}

/** The first entry of a group in a list begins with the hyphen. */
function hyphened(lines: readonly string[]): readonly string[] {
  const first = lines.findIndex((line) => !line.trimStart().startsWith('#'));
  return lines.map((line, index) => {
    if (index < first) return line.slice(2);
    return index === first ? line.replace(/^ {4}/, '  - ') : line;
  });
}

function slackLines(slack: InitSlack): readonly string[] {
  return [
    ...section('roles'),
    ...entry('roles', 'admins', slack.admins),
    ...entry('roles', 'approvers', slack.approvers),
    ...comment('roles.requesters', '  '),
    `#  requesters: ${value(slack.approvers)}`,
    ...comment('roles.breakGlass', '  '),
    `#  breakGlass: ${value(slack.admins)}`,
    '',
    ...section('channels'),
    ...entry('channels', 'approvals', slack.approvalsChannel),
    ...entry('channels', 'reports', slack.reportsChannel),
    ...(slack.isOneEnough ? ['', ...oneApprovalLines()] : []),
  ];
}

/** Only one person may approve; the rules that hold by default want two for a high risk. */
function oneApprovalLines(): readonly string[] {
  return [
    ...section('approvals'),
    '  # Remove this rule once two people may approve: a high risk then needs both of them.',
    ...hyphened(
      [
        ['name', 'One person is enough'],
        ['risk', 'high'],
        ['approvals', 1],
      ].flatMap(([key, content]) => [
        ...comment(`approvals.${String(key)}`, '    '),
        `    ${String(key)}: ${value(content)}`,
      ]),
    ),
  ];
}

function slackExample(): readonly string[] {
  return [
    ...example('roles', ['admins: [U0123456789]', 'approvers: [U0123456789, S0123456789]']),
    '',
    ...example('channels', ['approvals: C0123456789', 'reports: C9876543210']),
  ];
}

function guardsExample(): readonly string[] {
  const lines = ['settings: 100', 'share: 25%', 'fewest: 3', 'failures: 20%', 'previews: true'];
  return [
    ...example('guards', lines),
    ...comment('guards.flaps', '  '),
    '#  flaps: { corrections: 3, within: 7d, rearm: 7d }',
  ];
}

function periodExample(
  key: 'windows' | 'freezes',
  name: string,
  cron: string,
  duration: string,
): readonly string[] {
  return exampleList(key, [`name: ${name}`, 'target: all', `cron: ${cron}`, `duration: ${duration}`]);
}

function approvalsExample(): readonly string[] {
  return exampleList('approvals', [
    'name: Low risks need one approval',
    'risk: low',
    'target: all',
    'approvals: 1',
    'from: [approvers]',
    'veto: true',
    'wait: 72h',
    'valid: 24h',
  ]);
}

function example(key: string, lines: readonly string[]): readonly string[] {
  return [
    ...comment(key),
    `#${key}:`,
    ...lines.flatMap((line) => [...comment(`${key}.${keyOf(line)}`, '  '), `#  ${line}`]),
  ];
}

function exampleList(key: string, lines: readonly string[]): readonly string[] {
  return [
    ...comment(key),
    `#${key}:`,
    ...lines.flatMap((line, index) => [
      ...comment(`${key}.${keyOf(line)}`, index === 0 ? '  ' : '    '),
      `#  ${index === 0 ? '- ' : '  '}${line}`,
    ]),
  ];
}

function keyOf(line: string): string {
  return line.slice(0, line.indexOf(':'));
}

function section(key: string): readonly string[] {
  return [...comment(key), `${key}:`];
}

function entry(group: string, key: string, content: unknown): readonly string[] {
  return [...comment(`${group}.${key}`, '  '), `  ${key}: ${value(content)}`];
}

function comment(path: string, indent = ''): readonly string[] {
  return [`${indent}# ${configDescription(path)}`];
}

/** A value on one line, quoted where YAML would take it for something else. */
function value(content: unknown): string {
  return stringify(content, {
    collectionStyle: 'flow',
    flowCollectionPadding: false,
    lineWidth: 0,
    blockQuote: false,
  }).trimEnd();
}

import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { simulatedMethods } from '../src/simulators/slack/server.js';
import { conversations } from '../src/slack/listeners/all.js';

/** Slack docs, "App manifest reference": the fields this app uses and how long they may be; nothing else is let in. */
const Manifest = z.strictObject({
  _metadata: z.strictObject({ major_version: z.literal(1), minor_version: z.int() }),
  display_information: z.strictObject({
    name: z.string().min(1).max(35),
    description: z.string().min(1).max(140),
    long_description: z.string().min(175).max(4000),
    background_color: z.string().regex(/^#[0-9a-f]{6}$/),
  }),
  features: z.strictObject({
    app_home: z.strictObject({
      home_tab_enabled: z.literal(true),
      messages_tab_enabled: z.literal(true),
      messages_tab_read_only_enabled: z.boolean(),
    }),
    bot_user: z.strictObject({ display_name: z.string().min(1).max(80), always_online: z.boolean() }),
    slash_commands: z
      .array(
        z.strictObject({
          command: z.string().regex(/^\/[a-z-]{1,31}$/),
          description: z.string().min(1).max(2000),
          usage_hint: z.string().min(1).max(1000),
          should_escape: z.literal(false),
        }),
      )
      .max(50),
  }),
  oauth_config: z.strictObject({ scopes: z.strictObject({ bot: z.array(z.string()) }) }),
  settings: z.strictObject({
    event_subscriptions: z.strictObject({ bot_events: z.array(z.string()).max(100) }),
    interactivity: z.strictObject({ is_enabled: z.literal(true) }),
    org_deploy_enabled: z.boolean(),
    socket_mode_enabled: z.literal(true),
    token_rotation_enabled: z.literal(false),
  }),
});

const HISTORY = ['channels:history', 'groups:history', 'im:history'];
/** Slack docs, one page per method: the bot scopes of every method the code may call. */
const SCOPES: Readonly<Record<string, readonly string[]>> = {
  'apps.connections.open': [],
  'auth.test': [],
  'chat.postMessage': ['chat:write'],
  'chat.update': ['chat:write'],
  'conversations.history': HISTORY,
  'conversations.open': ['im:write'],
  'conversations.replies': HISTORY,
  'files.completeUploadExternal': ['files:write'],
  'files.getUploadURLExternal': ['files:write'],
  'usergroups.users.list': ['usergroups:read'],
  'users.info': ['users:read'],
  'views.open': [],
  'views.publish': [],
  'views.update': [],
};
/** What needs a scope without being a method: slash commands, and fetching a file's `url_private_download`. */
const OTHER_SCOPES: readonly (readonly [RegExp, string])[] = [
  [/\bapp\.command\(/, 'commands'],
  [/\burl_private_download\b/, 'files:read'],
];
const EVENT_SCOPES: Readonly<Record<string, readonly string[]>> = {
  app_home_opened: [],
  subteam_members_changed: ['usergroups:read'],
  subteam_updated: ['usergroups:read'],
  user_change: ['users:read'],
};

const manifest = Manifest.parse(parse(readFileSync('manifest.yml', 'utf8')));
const sources = readdirSync('src/slack', { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts'))
  .map((path) => readFileSync(`src/slack/${path}`, 'utf8'))
  .join('\n');

function found(pattern: RegExp): readonly string[] {
  return [...new Set([...sources.matchAll(pattern)].map((match) => match[1] ?? ''))].toSorted();
}

const methods = found(/\bclient\s*\.([a-z]+(?:\s*\.[a-zA-Z]+)+)\(/g).map((name) => name.replace(/\s/g, ''));
const events = found(/\bapp\.event\('([a-z_.]+)'/g);

test('the slash commands of the manifest are those of the code, and every verb stands in its usage hint', () => {
  const commands = conversations.flatMap((conversation) => conversation.commands ?? []);
  const declared = manifest.features.slash_commands;

  expect(declared.map(({ command }) => command).toSorted()).toEqual(
    [...new Set(commands.map(({ command }) => command))].toSorted(),
  );
  for (const { command, usage_hint: hint } of declared) {
    const verbs = commands.filter((entry) => entry.command === command).map(({ verb }) => verb);
    expect(hint.split(' | ').toSorted()).toEqual(verbs.toSorted());
  }
});

test('every verb explains itself, and its usage begins with its own name', () => {
  for (const { command, verb, usage, help } of conversations.flatMap(({ commands = [] }) => commands)) {
    expect(usage).toMatch(new RegExp(`^${command} ${verb}\\b`));
    expect(help).toMatch(/^[A-Z].*\.$/);
  }
});

test('no command, button or form is registered twice', () => {
  const names = conversations.flatMap(({ commands = [], actions = [], forms = [] }) => [
    ...commands.map(({ command, verb }) => `${command} ${verb}`),
    ...actions.map(({ id }) => id),
    ...forms.map(({ callbackId }) => callbackId),
  ]);

  expect(new Set(names).size).toBe(names.length);
});

test('every button and menu that is drawn does something when it is pressed', () => {
  const registered = conversations.flatMap(({ actions = [] }) => actions.map(({ id }) => id));
  const drawn = found(/\b(?:button|menu)\(\s*['`]([a-z]+\.[a-zA-Z.]+?)\.?(?:\$\{[^}]*\})?['`]/g);

  expect(drawn.length).toBeGreaterThan(8);
  for (const id of drawn) expect(registered.some((one) => one === id || one.startsWith(`${id}.`))).toBe(true);
});

test('the events of the manifest are those the code listens to', () => {
  expect(events).toEqual(manifest.settings.event_subscriptions.bot_events.toSorted());
  expect(Object.keys(EVENT_SCOPES)).toEqual(events);
  expect(found(/\bapp\.(shortcut|message|options|function|assistant)\(/g)).toEqual([]);
});

test('the scopes are exactly those the called methods and events need, none missing and none to spare', () => {
  expect(methods.filter((method) => SCOPES[method] === undefined)).toEqual([]);
  const needed = [
    ...methods.flatMap((method) => SCOPES[method] ?? []),
    ...events.flatMap((event) => EVENT_SCOPES[event] ?? ['unknown event']),
    ...OTHER_SCOPES.flatMap(([pattern, scope]) => (pattern.test(sources) ? [scope] : [])),
  ];

  expect(manifest.oauth_config.scopes.bot).toEqual([...new Set(needed)].toSorted());
  expect(methods).toEqual(Object.keys(SCOPES).toSorted());
});

test('every Web API method the code calls is one the simulated Slack answers', () => {
  expect(methods.length).toBeGreaterThan(8);
  expect(methods.filter((method) => !simulatedMethods.includes(method))).toEqual([]);
});

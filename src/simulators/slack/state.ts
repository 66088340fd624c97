import { randomBytes } from 'node:crypto';
import type {
  ApiCall,
  ChannelSeed,
  Delivery,
  FormValues,
  PersonSeed,
  SimEvent,
  SimFile,
  SimMessage,
  SimView,
  SlackSimulatorOptions,
  UserGroupSeed,
} from './types.js';

interface Identity {
  readonly teamId: string;
  readonly teamName: string;
  readonly domain: string;
  readonly appId: string;
  readonly botId: string;
  readonly botUserId: string;
  readonly botName: string;
  readonly botToken: string;
  readonly appToken: string;
  readonly verificationToken: string;
}

export interface Channel {
  readonly id: string;
  readonly name: string;
  readonly isPrivate: boolean;
  readonly isArchived: boolean;
  readonly members: readonly string[];
  readonly botIsMember: boolean;
  /** Set for the direct messages between the bot and this person. */
  readonly directWith?: string;
}

export interface Trigger {
  readonly id: string;
  readonly userId: string;
  /** The view it was pressed in, where it was one. */
  readonly viewId?: string;
  readonly expiresAtMs: number;
  readonly isUsed: boolean;
}

export interface ResponseUrl {
  readonly id: string;
  readonly userId: string;
  readonly channelId: string;
  /** The message the interaction came from. */
  readonly messageTs?: string;
  readonly usesLeft: number;
  readonly expiresAtMs: number;
}

/** Everything the simulated workspace knows. Values inside the maps are replaced, never changed. */
export interface Workspace {
  readonly identity: Identity;
  readonly ackTimeoutMs: number;
  readonly triggerTtlMs: number;
  readonly redeliverAfterMs: number;
  readonly enforcesRates: boolean;
  readonly commands: readonly string[] | undefined;
  readonly people: Map<string, PersonSeed>;
  readonly channels: Map<string, Channel>;
  readonly userGroups: Map<string, UserGroupSeed>;
  /** By channel and ts; see `messageKey`. */
  readonly messages: Map<string, SimMessage>;
  readonly views: Map<string, SimView>;
  /** Each person's open modals, the visible one last. */
  readonly modals: Map<string, readonly string[]>;
  readonly homes: Map<string, string>;
  readonly files: Map<string, SimFile>;
  readonly triggers: Map<string, Trigger>;
  readonly responseUrls: Map<string, ResponseUrl>;
  /** What people have chosen in messages, by message key and person. */
  readonly choices: Map<string, FormValues>;
  readonly calls: ApiCall[];
  readonly deliveries: Delivery[];
  readonly listeners: Set<(event: SimEvent) => void>;
  readonly now: () => Date;
  /** Where the server listens, without a trailing slash; empty until it does. */
  url: string;
  lastTsMicros: number;
}

/** A workspace seeded from the options, with nothing said in it yet. */
export function createWorkspace(options: SlackSimulatorOptions): Workspace {
  return {
    identity: identityFrom(options),
    ackTimeoutMs: options.ackTimeoutMs ?? 3000,
    triggerTtlMs: options.triggerTtlMs ?? 3000,
    redeliverAfterMs: options.redeliverAfterMs ?? 1000,
    enforcesRates: options.enforceRates ?? false,
    commands: options.commands,
    people: new Map(options.people.map((person) => [person.id, person])),
    channels: new Map(options.channels.map((seed) => [seed.id, channelFrom(seed, options.people)])),
    userGroups: new Map((options.userGroups ?? []).map((group) => [group.id, group])),
    messages: new Map(),
    views: new Map(),
    modals: new Map(),
    homes: new Map(),
    files: new Map(),
    triggers: new Map(),
    responseUrls: new Map(),
    choices: new Map(),
    calls: [],
    deliveries: [],
    listeners: new Set(),
    now: options.now ?? (() => new Date()),
    url: '',
    lastTsMicros: 0,
  };
}

function identityFrom(options: SlackSimulatorOptions): Identity {
  return {
    teamId: 'T0SIMULATE',
    teamName: 'Simulated workspace',
    domain: 'simulated',
    appId: 'A0SIMULATE',
    botId: 'B0SIMULATE',
    botUserId: 'U0SIMULBOT',
    botName: 'plumbline',
    botToken: options.botToken ?? 'xoxb-simulated-bot',
    appToken: options.appToken ?? 'xapp-1-A0SIMULATE-simulated-app',
    verificationToken: 'simulated-verification',
  };
}

function channelFrom(seed: ChannelSeed, people: readonly PersonSeed[]): Channel {
  const everyone = people.filter((person) => person.deleted !== true).map((person) => person.id);
  return {
    id: seed.id,
    name: seed.name,
    isPrivate: seed.isPrivate ?? false,
    isArchived: seed.isArchived ?? false,
    members: seed.members ?? everyone,
    botIsMember: seed.botIsMember ?? true,
  };
}

/** Tells every listener what has just happened. */
export function announce(workspace: Workspace, event: SimEvent): void {
  for (const listener of workspace.listeners) listener(event);
}

/** The next message timestamp, "seconds.micros": unique in the workspace and increasing. */
export function nextTs(workspace: Workspace): string {
  const micros = Math.max(workspace.now().getTime() * 1000, workspace.lastTsMicros + 1);
  workspace.lastTsMicros = micros;
  return `${Math.floor(micros / 1_000_000)}.${String(micros % 1_000_000).padStart(6, '0')}`;
}

/** A new identifier in Slack's style: a letter or two, then capitals and digits. */
export function newId(prefix: string): string {
  return `${prefix}0${randomBytes(6).toString('hex').slice(0, 9).toUpperCase()}`;
}

/** The direct-message channel between the bot and a person; made when it does not exist yet. */
export function directChannelOf(workspace: Workspace, userId: string): Channel {
  for (const channel of workspace.channels.values()) if (channel.directWith === userId) return channel;
  const channel: Channel = {
    id: `D0${userId.replace(/^[UW]0?/, '')}`,
    name: 'directmessage',
    isPrivate: true,
    isArchived: false,
    members: [userId],
    botIsMember: true,
    directWith: userId,
  };
  workspace.channels.set(channel.id, channel);
  return channel;
}

import type { Fields } from './json.js';

export interface PersonSeed {
  readonly id: string;
  readonly name: string;
  readonly realName?: string;
  readonly isBot?: boolean;
  readonly deleted?: boolean;
  /** IANA zone; default UTC. */
  readonly tz?: string;
}

export interface ChannelSeed {
  readonly id: string;
  readonly name: string;
  readonly isPrivate?: boolean;
  readonly isArchived?: boolean;
  /** Ids of people; default everyone who is not deleted. */
  readonly members?: readonly string[];
  /** Whether the bot has been invited; default true. */
  readonly botIsMember?: boolean;
}

export interface UserGroupSeed {
  readonly id: string;
  readonly handle: string;
  readonly name?: string;
  readonly members: readonly string[];
}

export interface SlackSimulatorOptions {
  /** Default 0: any free port. */
  readonly port?: number;
  readonly people: readonly PersonSeed[];
  readonly channels: readonly ChannelSeed[];
  readonly userGroups?: readonly UserGroupSeed[];
  /** Slash commands the app's manifest declares; without the list every command is delivered. */
  readonly commands?: readonly string[];
  readonly botToken?: string;
  readonly appToken?: string;
  /** How long Slack waits for an acknowledgement; default 3000. */
  readonly ackTimeoutMs?: number;
  /** How long a trigger id lives; default 3000. */
  readonly triggerTtlMs?: number;
  /** The pause before an event that was not acknowledged is sent again; default 1000. */
  readonly redeliverAfterMs?: number;
  /** Enforces the published rate limits with HTTP 429; default false. */
  readonly enforceRates?: boolean;
  /** The workspace's clock, by which messages are dated; default the machine's. Waiting always takes real time. */
  readonly now?: () => Date;
}

/** One version of a message. Objects are never changed: an edit puts a new version in its place. */
export interface SimMessage {
  readonly channel: string;
  readonly ts: string;
  readonly threadTs?: string;
  /** Who wrote it: the bot's user id, or a person's. */
  readonly user: string;
  readonly text: string;
  readonly blocks: readonly Fields[];
  readonly metadata?: Fields;
  /** The one person who sees it. */
  readonly ephemeralTo?: string;
  /** ISO 8601. */
  readonly editedAt?: string;
  readonly deleted?: boolean;
  readonly fileIds: readonly string[];
  readonly reactions: readonly { readonly name: string; readonly user: string }[];
  readonly permalink: string;
  /** Earlier versions, oldest first. */
  readonly history: readonly { readonly text: string; readonly blocks: readonly Fields[] }[];
}

/** State as Slack sends it: by block id, then action id, then a shape per element type. */
export type FormValues = Readonly<Record<string, Readonly<Record<string, Fields>>>>;

/** One version of a modal or Home view; an update puts a new version in its place. */
export interface SimView {
  readonly id: string;
  readonly type: 'modal' | 'home';
  readonly userId: string;
  readonly callbackId: string;
  readonly externalId: string;
  readonly title: string;
  readonly submit?: string;
  readonly close?: string;
  readonly blocks: readonly Fields[];
  readonly privateMetadata: string;
  readonly notifiesOnClose: boolean;
  readonly clearsOnClose: boolean;
  readonly hash: string;
  readonly state: { readonly values: FormValues };
  /** What is shown under the inputs, by block id. */
  readonly errors: Readonly<Record<string, string>>;
  readonly rootViewId: string;
  readonly previousViewId: string | null;
}

export interface SimFile {
  readonly id: string;
  readonly name: string;
  readonly title: string;
  readonly mimetype: string;
  readonly filetype: string;
  readonly user: string;
  readonly createdAt: string;
  readonly bytes: Uint8Array;
  /** Where it was shared. */
  readonly channels: readonly string[];
  /** Of an upload: how many bytes it is to have, and whether it was completed, which works once. */
  readonly announced?: number;
  readonly isCompleted?: boolean;
}

export interface ApiCall {
  readonly method: string;
  readonly args: Fields;
  /** ISO 8601. */
  readonly at: string;
  readonly error?: string;
}

export type EnvelopeType = 'slash_commands' | 'interactive' | 'events_api';

export interface Delivery {
  readonly envelopeId: string;
  readonly type: EnvelopeType;
  readonly payload: Fields;
  /** 0 for the first delivery. */
  readonly attempt: number;
  readonly sentAt: string;
  readonly ackedAt?: string;
  readonly ackAfterMs?: number;
}

/** Why an interaction failed, in the words of Slack's client. */
type InteractionError = 'operation_timeout' | 'not_connected' | 'invalid_response';

export interface CommandResult {
  readonly acked: boolean;
  readonly error?: InteractionError | 'unknown_command';
  /** What the person sees at once: the text of the acknowledgement or of the failure. */
  readonly text?: string;
}

export interface PressResult {
  readonly acked: boolean;
  readonly error?: InteractionError;
}

export type SubmitResult =
  | { readonly ok: true }
  | { readonly ok: false; readonly errors: Readonly<Record<string, string>> }
  | { readonly ok: false; readonly error: InteractionError; readonly problems?: readonly string[] };

export interface UploadedFile {
  readonly file: { readonly name: string; readonly mimetype?: string; readonly bytes: Uint8Array };
}

export type FillValue = string | boolean | readonly string[] | UploadedFile;

export interface SubmitOptions {
  /** Sends the form although required inputs are empty, as no real client does. */
  readonly skipRequired?: boolean;
}

/** What happened in the workspace, for whoever draws it. */
export type SimEvent =
  | {
      readonly type: 'message';
      readonly change: 'posted' | 'edited' | 'deleted';
      readonly message: SimMessage;
    }
  | { readonly type: 'view'; readonly change: 'opened' | 'updated' | 'closed'; readonly view: SimView }
  | { readonly type: 'call'; readonly call: ApiCall }
  | { readonly type: 'delivery'; readonly delivery: Delivery }
  | { readonly type: 'connections'; readonly count: number }
  | { readonly type: 'file'; readonly fileId: string }
  | { readonly type: 'directory' };

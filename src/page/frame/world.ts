import type { AuditRow, Fault, SimRequest } from '../../simulators/pbx/types.js';
import type { Delivery, PersonSeed, SimMessage, SimView } from '../../simulators/slack/types.js';

/** A person as the workspace's control interface shows them. */
export interface PersonState extends PersonSeed {
  readonly modals: readonly SimView[];
  readonly home: SimView | null;
}

export interface ChannelState {
  readonly id: string;
  readonly name: string;
  readonly isPrivate: boolean;
  readonly members: readonly string[];
  /** Set for the direct messages between the bot and this person. */
  readonly directWith?: string;
}

export interface FileState {
  readonly id: string;
  readonly name: string;
  readonly title: string;
  readonly mimetype: string;
  readonly size: number;
}

/** `GET /slack/state`. */
export interface SlackState {
  readonly team: { readonly id: string; readonly name: string; readonly botUserId: string };
  readonly people: readonly PersonState[];
  readonly channels: readonly ChannelState[];
  readonly userGroups: readonly { readonly id: string; readonly handle: string; readonly name?: string }[];
  readonly messages: readonly SimMessage[];
  readonly files: readonly FileState[];
  readonly deliveries: readonly Omit<Delivery, 'payload'>[];
}

/** `GET /pbxs/pbxs/<id>`. */
export interface PbxState {
  readonly id: string;
  readonly url: string;
  readonly version: string;
  readonly isBlacklisted: boolean;
  readonly faults: readonly Fault[];
  readonly insistences: number;
  readonly writes: readonly SimRequest[];
  readonly requests: readonly SimRequest[];
  readonly resources: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly auditLog: readonly AuditRow[];
}

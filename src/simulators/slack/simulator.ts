import { UserError } from '../../errors.js';
import type { ApiContext } from './api.js';
import { setPerson, setUserGroup } from './directory.js';
import type { EventQueue } from './events.js';
import type { SlackFaults } from './faults.js';
import { ephemeralsOf, isTopLevel, messagesIn, repliesTo } from './messages.js';
import { type Person, createPerson } from './people.js';
import type { DisconnectReason } from './socket.js';
import { type Workspace, directChannelOf } from './state.js';
import type {
  ApiCall,
  Delivery,
  EnvelopeType,
  PersonSeed,
  SimEvent,
  SimFile,
  SimMessage,
  SimView,
} from './types.js';
import { until } from './until.js';
import { homeOf } from './views.js';

/** A running workspace: its addresses, what is in it, its people, and the faults to inject. */
export interface SlackSimulator {
  readonly url: string;
  /** The Web API base, with a trailing slash. */
  readonly apiUrl: string;
  readonly botToken: string;
  readonly appToken: string;
  readonly teamId: string;
  readonly botUserId: string;
  person(id: string): Person;
  /** Top-level messages of a channel, oldest first. */
  messages(channelId: string): readonly SimMessage[];
  /** The replies of a thread, oldest first, without the message that started it. */
  thread(channelId: string, ts: string): readonly SimMessage[];
  /** Top-level direct messages between the bot and a person. */
  directMessages(userId: string): readonly SimMessage[];
  /** What this person alone was shown. */
  ephemerals(userId: string): readonly SimMessage[];
  home(userId: string): SimView | undefined;
  files(): readonly SimFile[];
  readonly calls: readonly ApiCall[];
  readonly deliveries: readonly Delivery[];
  readonly faults: SlackFaults;
  /** Changes who is in a user group, or makes a new one; the app gets the events that Slack sends for it. */
  setUserGroup(id: string, members: readonly string[]): void;
  /** Changes a person's account, for instance deactivates it; the app gets the event that Slack sends for it. */
  setPerson(id: string, patch: Partial<Omit<PersonSeed, 'id'>>): void;
  disconnect(reason: DisconnectReason): void;
  /** Sends the last payload of a type again, marked as a retry; resolves when it is acknowledged or timed out. */
  redeliverLast(type: EnvelopeType): Promise<void>;
  until<T>(what: string, probe: () => T | undefined | null | false, timeoutMs?: number): Promise<T>;
  /** Calls the listener on every change; answers how to stop. */
  onChange(listener: (event: SimEvent) => void): () => void;
  close(): Promise<void>;
}

/** The simulator as its users see it. Addresses are known once the server listens. */
export function createSimulator(
  context: ApiContext,
  events: EventQueue,
  close: () => Promise<void>,
): SlackSimulator {
  const { workspace, hub, faults } = context;
  const { identity } = workspace;
  const people = new Map<string, Person>();
  return {
    get url() {
      return workspace.url;
    },
    get apiUrl() {
      return `${workspace.url}/api/`;
    },
    botToken: identity.botToken,
    appToken: identity.appToken,
    teamId: identity.teamId,
    botUserId: identity.botUserId,
    person: (id) => personOf(context, events, people, id),
    messages: (channelId) => messagesIn(workspace, channelId).filter(isTopLevel),
    thread: (channelId, ts) => repliesTo(workspace, channelId, ts),
    directMessages: (userId) =>
      messagesIn(workspace, directChannelOf(workspace, userId).id).filter(isTopLevel),
    ephemerals: (userId) => ephemeralsOf(workspace, userId),
    home: (userId) => homeOf(workspace, userId),
    files: () => [...workspace.files.values()],
    calls: workspace.calls,
    deliveries: workspace.deliveries,
    faults,
    setUserGroup: (id, members) => setUserGroup(workspace, events, id, members),
    setPerson: (id, patch) => setPerson(workspace, events, id, patch),
    disconnect: (reason) => hub.disconnect(reason),
    redeliverLast: (type) => redeliverLast(context, type),
    until: (what, probe, timeoutMs) => until(workspace, what, probe, timeoutMs),
    onChange: (listener) => onChange(workspace, listener),
    close,
  };
}

function personOf(context: ApiContext, events: EventQueue, people: Map<string, Person>, id: string): Person {
  const { workspace, hub } = context;
  if (!workspace.people.has(id)) throw new UserError('not-found', `There is no person ${id}.`, { field: id });
  const known = people.get(id);
  if (known !== undefined) return known;
  const session = {
    workspace,
    hub,
    events,
    userId: id,
    suggested: new Map(),
    pending: new Set<Promise<unknown>>(),
  };
  const person = createPerson(session);
  people.set(id, person);
  return person;
}

async function redeliverLast({ workspace, hub }: ApiContext, type: EnvelopeType): Promise<void> {
  const last = workspace.deliveries.findLast((delivery) => delivery.type === type);
  if (last === undefined) throw new UserError('not-found', `Nothing of type ${type} has been delivered yet.`);
  await hub.send({
    type,
    payload: last.payload,
    acceptsAnswer: type !== 'events_api',
    attempt: last.attempt + 1,
  });
}

function onChange(workspace: Workspace, listener: (event: SimEvent) => void): () => void {
  workspace.listeners.add(listener);
  return () => void workspace.listeners.delete(listener);
}

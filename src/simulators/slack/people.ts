import { UserError } from '../../errors.js';
import { commandPayload, homeOpenedPayload } from './interactions.js';
import type { Fields } from './json.js';
import { postMessage } from './messages.js';
import { contentOf } from './methods/chat.js';
import { dismissModal, fillModal, openModalOf, submitModal, suggestOptions } from './modal.js';
import { pressInMessage, pressInView } from './press.js';
import { Refusal } from './refusal.js';
import { type Session, activePerson } from './session.js';
import { directChannelOf } from './state.js';
import type {
  CommandResult,
  FillValue,
  PressResult,
  SimMessage,
  SimView,
  SubmitOptions,
  SubmitResult,
} from './types.js';
import { homeOf, stackOf } from './views.js';

/** A person of the workspace and everything they can do to the app. */
export interface Person {
  readonly id: string;
  readonly name: string;
  /** Types a slash command; resolves when it is acknowledged or has failed. */
  command(channelId: string, line: string): Promise<CommandResult>;
  /**
   * Presses the element with this action id, or else this visible text, in the message as it is now. For a
   * menu, `choice` is the option; among several buttons of one action id it is the value of the one meant.
   */
  press(message: Pick<SimMessage, 'channel' | 'ts'>, actionId: string, choice?: string): Promise<PressResult>;
  pressInModal(actionId: string, choice?: string): Promise<PressResult>;
  pressInHome(actionId: string, choice?: string): Promise<PressResult>;
  /** The modal this person sees. */
  modal(): SimView | undefined;
  /** Fills fields by block id, action id or label. */
  fill(values: Readonly<Record<string, FillValue>>): void;
  /** Types into an external select; the options the app offers. */
  suggest(field: string, query: string): Promise<readonly Fields[]>;
  submit(options?: SubmitOptions): Promise<SubmitResult>;
  dismiss(): Promise<void>;
  openHome(): Promise<void>;
  /** Writes an ordinary message; the app is not told. */
  say(channelId: string, text: string): SimMessage;
}

/** The person behind a session. */
export function createPerson(session: Session): Person {
  const { workspace, userId } = session;
  return {
    id: userId,
    name: workspace.people.get(userId)?.name ?? userId,
    command: (channelId, line) => runCommand(session, channelId, line),
    press: async (message, actionId, choice) => pressInMessage(session, message, actionId, choice),
    pressInModal: async (actionId, choice) => pressInView(session, openModalOf(session), actionId, choice),
    pressInHome: async (actionId, choice) => pressInView(session, homeSeen(session), actionId, choice),
    modal: () => stackOf(workspace, userId).at(-1),
    fill: (values) => fillModal(session, values),
    suggest: (field, query) => suggestOptions(session, field, query),
    submit: (options) => submitModal(session, options),
    dismiss: () => dismissModal(session),
    openHome: () => openHome(session),
    say: (channelId, text) => say(session, channelId, text),
  };
}

async function runCommand(session: Session, channelId: string, line: string): Promise<CommandResult> {
  activePerson(session);
  const { workspace, userId } = session;
  const channel = channelSeen(session, channelId);
  const [command = '', ...rest] = line.split(' ');
  const isDeclared = workspace.commands?.includes(command) ?? true;
  if (!command.startsWith('/') || !isDeclared) {
    return { acked: false, error: 'unknown_command', text: `${command} is not a valid command.` };
  }
  const payload = commandPayload(workspace, userId, channel, { command, text: rest.join(' ').trim() });
  const ack = await session.hub.send({ type: 'slash_commands', payload, acceptsAnswer: true });
  if (ack.outcome === 'acked') return answerCommand(session, channel, ack.payload);
  if (ack.outcome === 'timeout') {
    const text = `${command} failed because the app did not respond.`;
    return { acked: false, error: 'operation_timeout', text };
  }
  return { acked: false, error: 'not_connected', text: `${command} failed with the error "dispatch_failed"` };
}

function answerCommand(session: Session, channel: string, answer: Fields): CommandResult {
  if (answer['text'] === undefined && answer['blocks'] === undefined) return { acked: true };
  try {
    const { text, blocks } = contentOf(answer);
    const ephemeralTo = answer['response_type'] === 'in_channel' ? undefined : session.userId;
    const user = session.workspace.identity.botUserId;
    postMessage(session.workspace, { channel, user, text, blocks, ephemeralTo });
    return { acked: true, text };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { acked: true, error: 'invalid_response', text: error.code };
  }
}

/** The id of a channel the person is in; their own id or the bot's stands for the direct messages. */
function channelSeen({ workspace, userId }: Session, channelId: string): string {
  const isDirect = channelId === userId || channelId === workspace.identity.botUserId;
  const channel = isDirect ? directChannelOf(workspace, userId) : workspace.channels.get(channelId);
  if (channel === undefined) throw new UserError('not-found', `There is no channel ${channelId}.`);
  if (channel.isPrivate && !channel.members.includes(userId)) {
    throw new UserError('forbidden', `${userId} is not in ${channel.name}.`);
  }
  return channel.id;
}

function homeSeen(session: Session): SimView {
  const view = homeOf(session.workspace, session.userId);
  if (view === undefined) throw new UserError('not-found', `${session.userId} has an empty Home tab.`);
  return view;
}

async function openHome(session: Session): Promise<void> {
  activePerson(session);
  const { workspace, userId } = session;
  await session.events.deliver(homeOpenedPayload(workspace, userId, homeOf(workspace, userId)));
}

function say(session: Session, channelId: string, text: string): SimMessage {
  activePerson(session);
  return postMessage(session.workspace, {
    channel: channelSeen(session, channelId),
    user: session.userId,
    text,
  });
}

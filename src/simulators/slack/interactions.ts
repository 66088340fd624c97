import { randomBytes } from 'node:crypto';
import type { PlacedElement } from './blocks.js';
import { type Fields, present } from './json.js';
import { messagePayload } from './messages.js';
import { issueResponseUrl } from './response-url.js';
import { type Workspace, directChannelOf, newId, nextTs } from './state.js';
import { issueTrigger } from './triggers.js';
import type { FormValues, SimMessage, SimView } from './types.js';
import { viewPayload } from './views.js';

/** Where a person pressed something: in a message, or in a modal or Home view. */
export type PressPlace =
  { readonly message: SimMessage; readonly values: FormValues } | { readonly view: SimView };

/** The payload of a slash command. */
export function commandPayload(
  workspace: Workspace,
  userId: string,
  channelId: string,
  line: { readonly command: string; readonly text: string },
): Fields {
  const { identity } = workspace;
  return {
    token: identity.verificationToken,
    team_id: identity.teamId,
    team_domain: identity.domain,
    channel_id: channelId,
    channel_name: workspace.channels.get(channelId)?.name ?? '',
    user_id: userId,
    user_name: nameOf(workspace, userId),
    command: line.command,
    text: line.text,
    api_app_id: identity.appId,
    is_enterprise_install: 'false',
    response_url: issueResponseUrl(workspace, { userId, channelId }),
    trigger_id: issueTrigger(workspace, userId),
  };
}

/** The payload of a press on a button, a choice in a menu, or an input that dispatches. */
export function blockActionsPayload(
  workspace: Workspace,
  userId: string,
  place: PressPlace,
  action: Fields,
): Fields {
  return {
    ...shared(workspace, 'block_actions', userId),
    ...placed(workspace, userId, place),
    actions: [action],
  };
}

function placed(workspace: Workspace, userId: string, place: PressPlace): Fields {
  if ('view' in place) {
    const { view } = place;
    return {
      container: { type: 'view', view_id: view.id },
      trigger_id: issueTrigger(workspace, userId, view.id),
      view: viewPayload(workspace, view),
    };
  }
  const { message, values } = place;
  const channel = workspace.channels.get(message.channel);
  const isEphemeral = message.ephemeralTo !== undefined;
  return {
    container: present({
      type: 'message',
      message_ts: message.ts,
      thread_ts: message.threadTs,
      channel_id: message.channel,
      is_ephemeral: isEphemeral,
    }),
    trigger_id: issueTrigger(workspace, userId),
    channel: { id: message.channel, name: channel?.name ?? '' },
    ...(isEphemeral ? {} : { message: messagePayload(workspace, message) }),
    state: { values },
    response_url: issueResponseUrl(workspace, { userId, channelId: message.channel, messageTs: message.ts }),
  };
}

/** One entry of `actions`: the element's identity and what was chosen. */
export function actionPayload(workspace: Workspace, element: PlacedElement, chosen: Fields): Fields {
  return {
    type: element.type,
    action_id: element.actionId,
    block_id: element.blockId,
    ...chosen,
    action_ts: nextTs(workspace),
  };
}

/** The payload of a submitted modal, with the address of every channel menu that asks for one. */
export function viewSubmissionPayload(workspace: Workspace, view: SimView, urls: readonly Fields[]): Fields {
  return {
    ...shared(workspace, 'view_submission', view.userId),
    trigger_id: issueTrigger(workspace, view.userId, view.id),
    view: viewPayload(workspace, view),
    response_urls: urls,
  };
}

/** The payload of a modal that was closed without submitting. */
export function viewClosedPayload(workspace: Workspace, view: SimView, isCleared: boolean): Fields {
  return {
    ...shared(workspace, 'view_closed', view.userId),
    view: viewPayload(workspace, view),
    is_cleared: isCleared,
  };
}

/** The payload that asks the app for the options of an external select. */
export function blockSuggestionPayload(
  workspace: Workspace,
  view: SimView,
  element: PlacedElement,
  query: string,
): Fields {
  return {
    ...shared(workspace, 'block_suggestion', view.userId),
    container: { type: 'view', view_id: view.id },
    view: viewPayload(workspace, view),
    action_id: element.actionId,
    block_id: element.blockId,
    value: query,
  };
}

/** The event that a person opened the app's Home tab. */
export function homeOpenedPayload(workspace: Workspace, userId: string, view: SimView | undefined): Fields {
  return eventPayload(workspace, {
    type: 'app_home_opened',
    user: userId,
    channel: directChannelOf(workspace, userId).id,
    tab: 'home',
    view: view === undefined ? undefined : viewPayload(workspace, view),
  });
}

/** An event as the Events API wraps it. */
export function eventPayload(workspace: Workspace, event: Fields): Fields {
  const { identity } = workspace;
  return {
    token: identity.verificationToken,
    team_id: identity.teamId,
    api_app_id: identity.appId,
    event: present({ ...event, event_ts: nextTs(workspace) }),
    type: 'event_callback',
    event_id: newId('Ev'),
    event_time: Math.floor(Date.now() / 1000),
    authorizations: [
      {
        enterprise_id: null,
        team_id: identity.teamId,
        user_id: identity.botUserId,
        is_bot: true,
        is_enterprise_install: false,
      },
    ],
    is_ext_shared_channel: false,
    event_context: `4-${randomBytes(12).toString('base64url')}`,
  };
}

function shared(workspace: Workspace, type: string, userId: string): Fields {
  const { identity } = workspace;
  const name = nameOf(workspace, userId);
  return {
    type,
    team: { id: identity.teamId, domain: identity.domain },
    user: { id: userId, username: name, name, team_id: identity.teamId },
    api_app_id: identity.appId,
    token: identity.verificationToken,
    enterprise: null,
    is_enterprise_install: false,
  };
}

function nameOf(workspace: Workspace, userId: string): string {
  return workspace.people.get(userId)?.name ?? userId;
}

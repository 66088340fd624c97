import { randomBytes } from 'node:crypto';
import { withIds } from './blocks.js';
import { type Fields, fieldsIn, present, stringOf, visibleText } from './json.js';
import { Refusal } from './refusal.js';
import { type Workspace, announce, newId } from './state.js';
import type { SimView } from './types.js';
import { valuesOf } from './values.js';

/** Slack docs: a modal and the views pushed on it are at most three. */
const MAX_STACK = 3;

/** Opens a modal for a person as the root of a new stack. */
export function openModal(workspace: Workspace, userId: string, source: Fields): SimView {
  const id = newId('V');
  const view = viewFrom(workspace, source, { id, userId, rootViewId: id, previousViewId: null });
  closeModals(workspace, userId, 'all');
  workspace.modals.set(userId, [id]);
  store(workspace, view, 'opened');
  return view;
}

/** Pushes a view on the person's open modal; `push_limit_reached` beyond three. */
export function pushModal(workspace: Workspace, userId: string, source: Fields): SimView {
  const stack = stackOf(workspace, userId);
  const top = stack.at(-1);
  if (top === undefined) throw new Refusal('not_found');
  if (stack.length >= MAX_STACK) throw new Refusal('push_limit_reached');
  const place = { id: newId('V'), userId, rootViewId: top.rootViewId, previousViewId: top.id };
  const view = viewFrom(workspace, source, place);
  workspace.modals.set(userId, [...stack.map((one) => one.id), view.id]);
  store(workspace, view, 'opened');
  return view;
}

/** Replaces what a view shows. Values stay where block id and action id stay; errors go. */
export function updateView(workspace: Workspace, current: SimView, source: Fields): SimView {
  const { id, userId, rootViewId, previousViewId } = current;
  const view = viewFrom(workspace, source, { id, userId, rootViewId, previousViewId }, current);
  store(workspace, view, 'updated');
  return view;
}

/** Publishes a person's Home tab, replacing what was there. */
export function publishHome(workspace: Workspace, userId: string, source: Fields): SimView {
  const current = homeOf(workspace, userId);
  if (current !== undefined) return updateView(workspace, current, source);
  const id = newId('V');
  const view = viewFrom(workspace, source, { id, userId, rootViewId: id, previousViewId: null });
  workspace.homes.set(userId, id);
  store(workspace, view, 'opened');
  return view;
}

interface Place {
  readonly id: string;
  readonly userId: string;
  readonly rootViewId: string;
  readonly previousViewId: string | null;
}

function viewFrom(workspace: Workspace, source: Fields, place: Place, earlier?: SimView): SimView {
  const externalId = stringOf(source['external_id']) ?? '';
  const taken = [...workspace.views.values()].find((view) => view.externalId === externalId);
  if (externalId !== '' && taken !== undefined && taken.id !== place.id) {
    throw new Refusal('duplicate_external_id');
  }
  const blocks = withIds(fieldsIn(source['blocks']));
  return {
    ...place,
    type: source['type'] === 'home' ? 'home' : 'modal',
    callbackId: stringOf(source['callback_id']) ?? '',
    externalId,
    title: visibleText(source['title']),
    ...(source['submit'] === undefined ? {} : { submit: visibleText(source['submit']) }),
    ...(source['close'] === undefined ? {} : { close: visibleText(source['close']) }),
    blocks,
    privateMetadata: stringOf(source['private_metadata']) ?? '',
    notifiesOnClose: source['notify_on_close'] === true,
    clearsOnClose: source['clear_on_close'] === true,
    hash: `${Math.floor(Date.now() / 1000)}.${randomBytes(4).toString('hex')}`,
    state: { values: valuesOf(blocks, earlier?.state.values) },
    errors: {},
  };
}

/** Stores a version of a view and says so; the hash is the caller's. */
export function store(workspace: Workspace, view: SimView, change: 'opened' | 'updated'): void {
  workspace.views.set(view.id, view);
  announce(workspace, { type: 'view', change, view });
}

/** A person's open modals, the visible one last. */
export function stackOf(workspace: Workspace, userId: string): readonly SimView[] {
  return (workspace.modals.get(userId) ?? []).flatMap((id) => workspace.views.get(id) ?? []);
}

/** A person's Home tab as last published. */
export function homeOf(workspace: Workspace, userId: string): SimView | undefined {
  return workspace.views.get(workspace.homes.get(userId) ?? '');
}

/** Closes the visible modal of a person, or all of them; returns what was closed, the visible one first. */
export function closeModals(workspace: Workspace, userId: string, which: 'top' | 'all'): readonly SimView[] {
  const stack = stackOf(workspace, userId);
  const closed = which === 'all' ? stack.toReversed() : stack.slice(-1);
  workspace.modals.set(
    userId,
    stack.slice(0, stack.length - closed.length).map((view) => view.id),
  );
  for (const view of closed) {
    workspace.views.delete(view.id);
    announce(workspace, { type: 'view', change: 'closed', view });
  }
  return closed;
}

/** A view as the Web API and interaction payloads carry it. */
export function viewPayload(workspace: Workspace, view: SimView): Fields {
  const { teamId, appId, botId } = workspace.identity;
  return present({
    id: view.id,
    team_id: teamId,
    type: view.type,
    blocks: view.blocks,
    private_metadata: view.privateMetadata,
    callback_id: view.callbackId,
    state: view.state,
    hash: view.hash,
    title: plainText(view.title),
    clear_on_close: view.clearsOnClose,
    notify_on_close: view.notifiesOnClose,
    close: view.close === undefined ? null : plainText(view.close),
    submit: view.submit === undefined ? null : plainText(view.submit),
    previous_view_id: view.previousViewId,
    root_view_id: view.rootViewId,
    app_id: appId,
    external_id: view.externalId,
    app_installed_team_id: teamId,
    bot_id: botId,
  });
}

function plainText(text: string): Fields {
  return { type: 'plain_text', text, emoji: true };
}

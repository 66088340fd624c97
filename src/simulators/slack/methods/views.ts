import { type Fields, stringOf } from '../json.js';
import { Refusal, checkedView } from '../refusal.js';
import type { Workspace } from '../state.js';
import { exchangeTrigger } from '../triggers.js';
import type { SimView } from '../types.js';
import { openModal, publishHome, pushModal, stackOf, updateView, viewPayload } from '../views.js';
import type { MethodTable } from './handler.js';

/** Modals and the Home tab. */
export const viewMethods: MethodTable = {
  'views.open': viewsOpen,
  'views.push': viewsPush,
  'views.update': viewsUpdate,
  'views.publish': viewsPublish,
};

function answer(workspace: Workspace, view: SimView): Fields {
  return { view: viewPayload(workspace, view) };
}

function viewsOpen(workspace: Workspace, args: Fields): Fields {
  const source = checkedView(args['view'], 'modal');
  const trigger = exchangeTrigger(workspace, args['trigger_id']);
  const isInsideModal = stackOf(workspace, trigger.userId).some((view) => view.id === trigger.viewId);
  const open = isInsideModal ? pushModal : openModal;
  return answer(workspace, open(workspace, trigger.userId, source));
}

function viewsPush(workspace: Workspace, args: Fields): Fields {
  const source = checkedView(args['view'], 'modal');
  const trigger = exchangeTrigger(workspace, args['trigger_id']);
  return answer(workspace, pushModal(workspace, trigger.userId, source));
}

function viewsUpdate(workspace: Workspace, args: Fields): Fields {
  const current = wantedView(workspace, args);
  const source = checkedView(args['view'], current.type);
  checkHash(current, args);
  return answer(workspace, updateView(workspace, current, source));
}

function wantedView(workspace: Workspace, args: Fields): SimView {
  const id = stringOf(args['view_id']);
  const externalId = stringOf(args['external_id']);
  const view = [...workspace.views.values()].find((one) =>
    id === undefined ? externalId !== undefined && one.externalId === externalId : one.id === id,
  );
  if (view === undefined) throw new Refusal('not_found');
  return view;
}

function checkHash(current: SimView, args: Fields): void {
  const hash = stringOf(args['hash']);
  if (hash !== undefined && hash !== '' && hash !== current.hash) throw new Refusal('hash_conflict');
}

function viewsPublish(workspace: Workspace, args: Fields): Fields {
  const userId = stringOf(args['user_id']) ?? '';
  const source = checkedView(args['view'], 'home');
  if (!workspace.people.has(userId)) throw new Refusal('user_not_found');
  const current = workspace.views.get(workspace.homes.get(userId) ?? '');
  if (current !== undefined) checkHash(current, args);
  return answer(workspace, publishHome(workspace, userId, source));
}

import { UserError } from '../../errors.js';
import type { EventQueue } from './events.js';
import type { FormContext } from './form.js';
import type { Fields } from './json.js';
import type { SocketHub } from './socket.js';
import type { Workspace } from './state.js';
import type { PersonSeed, PressResult } from './types.js';

/** One person at their Slack client. */
export interface Session {
  readonly workspace: Workspace;
  readonly hub: SocketHub;
  readonly events: EventQueue;
  readonly userId: string;
  /** Options the app offered for an external select, by action id. */
  readonly suggested: Map<string, readonly Fields[]>;
  /** Acts that a form sent by itself and that are not acknowledged yet. */
  readonly pending: Set<Promise<unknown>>;
}

/** The session's person; throws when the person is unknown or deactivated. */
export function activePerson(session: Session): PersonSeed {
  const person = session.workspace.people.get(session.userId);
  if (person === undefined) throw new UserError('not-found', `There is no person ${session.userId}.`);
  if (person.deleted === true) throw new UserError('forbidden', `${person.name} is deactivated.`);
  return person;
}

/** What a choice in this session is resolved against. */
export function formContext({ workspace, userId, suggested }: Session): FormContext {
  return { workspace, userId, suggested };
}

/** Delivers an interaction whose acknowledgement carries no answer. */
export async function sendInteraction(session: Session, payload: Fields): Promise<PressResult> {
  const { outcome } = await session.hub.send({ type: 'interactive', payload, acceptsAnswer: false });
  if (outcome === 'acked') return { acked: true };
  return { acked: false, error: outcome === 'timeout' ? 'operation_timeout' : 'not_connected' };
}

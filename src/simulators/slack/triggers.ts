import { randomBytes } from 'node:crypto';
import { Refusal } from './refusal.js';
import type { Trigger, Workspace } from './state.js';

/** A fresh trigger id for a person's act; Slack docs: it lives 3 s and can be exchanged once. */
export function issueTrigger(workspace: Workspace, userId: string, viewId?: string): string {
  const id = `${Date.now()}.${workspace.identity.teamId}.${randomBytes(16).toString('hex')}`;
  const expiresAtMs = Date.now() + workspace.triggerTtlMs;
  const place = viewId === undefined ? {} : { viewId };
  workspace.triggers.set(id, { id, userId, ...place, expiresAtMs, isUsed: false });
  return id;
}

/** Exchanges a trigger id; throws `invalid_`, `exchanged_` or `expired_trigger_id`. */
export function exchangeTrigger(workspace: Workspace, id: unknown): Trigger {
  if (typeof id !== 'string' || id === '') {
    throw new Refusal('invalid_arguments', ['[ERROR] missing required field: trigger_id']);
  }
  const trigger = workspace.triggers.get(id);
  if (trigger === undefined) throw new Refusal('invalid_trigger_id');
  if (trigger.isUsed) throw new Refusal('exchanged_trigger_id');
  if (Date.now() > trigger.expiresAtMs) throw new Refusal('expired_trigger_id');
  workspace.triggers.set(id, { ...trigger, isUsed: true });
  return trigger;
}

import { randomUUID } from 'node:crypto';
import type { AuditEntry } from '../../src/audit/record.js';
import type { Ctx } from '../../src/ctx.js';
import type { ChangeRequest } from '../../src/changes/request.js';
import type { Db } from '../../src/storage/database.js';
import { openLog } from '../../src/telemetry/log.js';

export const AT = '2026-03-02T10:00:00.000Z';

export const ANN = { kind: 'slack', id: 'U0ANN' } as const;

/** An audit row about the request `id`. */
export function entryOf(id: string): AuditEntry {
  return {
    at: AT,
    actor: ANN,
    action: 'change.proposed',
    subject: { kind: 'change', id },
    detail: { number: 7, reason: 'ünïcode “so”' },
  };
}

/** A pending request to switch chat off. */
export function requestOf(number: number, rest: Partial<ChangeRequest> = {}): ChangeRequest {
  return {
    id: randomUUID(),
    number,
    pbxId: 'hq',
    state: 'pending',
    revision: 1,
    requestedBy: ANN,
    reason: 'quiet',
    risk: 'medium',
    content: {
      kind: 'settings',
      items: [{ key: 'EnableChat', before: true, value: false }],
      hold: { kind: 'none' },
    },
    approval: { kind: 'people', needed: 1 },
    baselineVersion: 0,
    createdAt: AT,
    decidedAt: null,
    finishedAt: null,
    outcomes: null,
    result: null,
    failure: null,
    votes: [],
    ...rest,
  };
}

/** A context without PBXs and without Slack, at the time `AT` where nothing else is said. */
export function ctxOf(db: Db, rest: Partial<Ctx> = {}): Ctx {
  return {
    db,
    log: openLog('silent'),
    now: () => new Date(AT),
    newId: () => randomUUID(),
    holder: { owner: randomUUID(), host: 'here', pid: process.pid },
    pbxs: [],
    roles: { admins: [], approvers: ['U0BEN'], requesters: [] },
    schedule: { expression: '0 2 * * *', timezone: 'UTC' },
    announce: { change: async () => undefined, sweep: async () => undefined, behind: async () => [] },
    wake: () => undefined,
    ...rest,
  };
}

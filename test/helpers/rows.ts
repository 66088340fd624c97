import { defaultSweepConfig } from '../../src/config-sweep.js';
import { randomUUID } from 'node:crypto';
import type { AuditEntry } from '../../src/audit/record.js';
import type { Ctx } from '../../src/ctx.js';
import { type ApprovalRule, ruleDefaults } from '../../src/changes/approval-rule.js';
import type { ChangeRequest } from '../../src/changes/request.js';
import type { Db } from '../../src/storage/database.js';
import { openLog } from '../../src/telemetry/log.js';

export const AT = '2026-03-02T10:00:00.000Z';

export const ANN = { kind: 'slack', id: 'U0ANN' } as const;

/** One approval by Ben or another approver. */
export const RULE: ApprovalRule = { ...ruleDefaults, name: 'one', approvals: 1 };

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
    target: 'hq',
    state: 'pending',
    round: 1,
    revision: 1,
    requestedBy: ANN,
    editors: [],
    reason: 'quiet',
    risk: 'medium',
    content: {
      kind: 'settings',
      parts: [
        {
          pbxId: 'hq',
          url: 'https://hq.example.com',
          items: [{ key: 'EnableChat', before: true, value: false }],
        },
      ],
      left: [],
      hold: { kind: 'none' },
    },
    approval: { kind: 'people', rules: [RULE] },
    baselineVersion: 0,
    createdAt: AT,
    askedAt: AT,
    decidedAt: null,
    finishedAt: null,
    failure: null,
    again: [],
    blocked: null,
    heldBack: null,
    reminders: 0,
    lookAt: null,
    breakGlass: null,
    review: null,
    votes: [],
    results: [
      { pbxId: 'hq', state: 'waiting', outcomes: null, result: null, failure: null, finishedAt: null },
    ],
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
    roles: { admins: [], approvers: ['U0BEN'], requesters: [], breakGlass: [] },
    approvalRules: [],
    directory: {
      standing: async (id) => ({ isActive: true, ids: new Set([id]) }),
      members: async () => [],
    },
    schedule: { expression: '0 2 * * *', timezone: 'UTC' },
    ...defaultSweepConfig,
    stopFile: '/nonexistent/STOP',
    closing: new AbortController().signal,
    reload: async () => ({ changes: [] }),
    announce: {
      change: async () => undefined,
      sweep: async () => undefined,
      episode: async () => undefined,
      ending: async () => undefined,
      digest: async () => undefined,
      introduce: async () => undefined,
      introduction: async () => undefined,
      rules: async () => undefined,
      behind: async () => [],
    },
    wake: () => undefined,
    ...rest,
  };
}

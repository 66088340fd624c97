import { breakGlass, breakGlassConfirmation } from '../../src/changes/break-glass.js';
import { decideChange } from '../../src/changes/decide.js';
import { proposeSettings } from '../../src/changes/propose.js';
import { getRequest } from '../../src/changes/queries.js';
import { type ChangeRequest, confirmationOf } from '../../src/changes/request.js';
import type { Role } from '../../src/ctx.js';
import { ANN } from '../../src/demo/world.js';
import { unfinishedJobs } from '../../src/jobs/run.js';
import { parseAssignments } from '../../src/settings/assignment.js';
import type { SimMessage } from '../../src/simulators/slack/server.js';
import { APPROVALS } from '../../src/demo/world.js';
import type { Flow } from './slack-flow.js';

const ROLES: ReadonlySet<Role> = new Set(['admin', 'requester', 'approver', 'break-glass']);

/** A clock that tests put forward. */
export interface TestClock {
  readonly now: () => Date;
  forward(ms: number): void;
}

/** A clock that runs with the real one, but can be put forward. */
export function testClock(): TestClock {
  let ahead = 0;
  return {
    now: () => new Date(Date.now() + ahead),
    forward: (ms) => {
      ahead += ms;
    },
  };
}

/** Ann asks for settings of a target to be changed, each as `key value`. */
export function propose(flow: Flow, target: string, ...settings: readonly string[]): Promise<ChangeRequest> {
  const assignments = settings.flatMap((words) => {
    const [key = '', ...value] = words.split(' ');
    return parseAssignments(key, value.join(' '), null);
  });
  return proposeSettings(flow.app.ctx, {
    actor: { kind: 'slack', id: ANN },
    roles: ROLES,
    reason: 'the new brand',
    target,
    assignments,
    hold: { kind: 'none' },
  });
}

/** Somebody approves a request as it is now, with the words it asks for. */
export async function approve(flow: Flow, id: string, voter: string): Promise<void> {
  const { ctx } = flow.app;
  const request = await getRequest(ctx.db, id);
  await decideChange(ctx, {
    requestId: id,
    round: request.round,
    actor: { kind: 'slack', id: voter },
    standing: await ctx.directory.standing(voter, true),
    verdict: 'approve',
    reason: null,
    confirmation: confirmationOf(request) ?? '',
  });
}

/** Ann applies a request without approval. */
export async function breakGlassNow(flow: Flow, id: string, reason: string): Promise<void> {
  const request = await getRequest(flow.app.ctx.db, id);
  await breakGlass(flow.app.ctx, {
    requestId: id,
    round: request.round,
    actor: { kind: 'slack', id: ANN },
    roles: ROLES,
    reason,
    confirmation: breakGlassConfirmation(request),
  });
}

/** Does at once what the regular look would find to do by now. */
export async function lookNow(flow: Flow): Promise<void> {
  for (const job of await unfinishedJobs(flow.app.ctx)) flow.app.ctx.wake(job);
  await flow.app.idle();
}

/** The replies in the thread of a card. */
export function notes(flow: Flow, card: Pick<SimMessage, 'ts'>): readonly SimMessage[] {
  return flow.world.slack.thread(APPROVALS, card.ts);
}

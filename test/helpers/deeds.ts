import { verifyAudit } from '../../src/audit/queries.js';
import type { Rule } from '../../src/baseline/rules.js';
import { decideChange } from '../../src/changes/decide.js';
import { executeChange } from '../../src/changes/execute.js';
import { proposeBaseline } from '../../src/changes/propose-baseline.js';
import { proposeSettings } from '../../src/changes/propose.js';
import { getRequest } from '../../src/changes/queries.js';
import { type ChangeRequest, confirmationOf, type Hold } from '../../src/changes/request.js';
import type { Actor, Ctx, Role } from '../../src/ctx.js';
import type { Value } from '../../src/settings/setting.js';
import type { SimulatedPbx } from '../../src/simulators/pbx/server.js';

export const ANN = 'U0ANN';
export const BEN = 'U0BEN';
export const CLEO = 'U0CLEO';

export const slackActor = (id: string): Actor => ({ kind: 'slack', id });

export const ALL_ROLES: ReadonlySet<Role> = new Set(['admin', 'approver', 'requester', 'break-glass']);

/** Ann asks for settings. */
export function propose(
  ctx: Ctx,
  wanted: Readonly<Record<string, Value>>,
  rest: {
    readonly target?: string;
    readonly hold?: Hold;
    readonly by?: string;
    readonly origin?: string;
  } = {},
): Promise<ChangeRequest> {
  return proposeSettings(ctx, {
    actor: slackActor(rest.by ?? ANN),
    roles: ALL_ROLES,
    reason: 'because it is better',
    target: rest.target ?? 'hq',
    assignments: Object.entries(wanted).map(([key, value]) => ({ key, value })),
    hold: rest.hold ?? { kind: 'none' },
    ...(rest.origin === undefined ? {} : { origin: rest.origin }),
  });
}

/** Someone approves, or denies, the round that is under way, as if they looked at the card just now. */
export async function decide(
  ctx: Ctx,
  { id }: Pick<ChangeRequest, 'id'>,
  who: string = BEN,
  verdict: 'approve' | 'deny' = 'approve',
): Promise<ChangeRequest> {
  const request = await getRequest(ctx.db, id);
  return decideChange(ctx, {
    requestId: id,
    round: request.round,
    actor: slackActor(who),
    standing: await ctx.directory.standing(who, true),
    verdict,
    reason: verdict === 'deny' ? 'not now' : null,
    confirmation: confirmationOf(request) ?? '',
  });
}

/** Carries a request out and returns what became of it. */
export async function execute(ctx: Ctx, { id }: Pick<ChangeRequest, 'id'>): Promise<ChangeRequest> {
  await executeChange(ctx, id);
  return getRequest(ctx.db, id);
}

/** Ben approves, and it is carried out. */
export async function approveAndExecute(ctx: Ctx, request: ChangeRequest): Promise<ChangeRequest> {
  await decide(ctx, request);
  return execute(ctx, request);
}

/** Publishes rules as the next baseline version, asked for by Ann and approved by Ben. */
export async function publish(ctx: Ctx, rules: readonly Rule[]): Promise<ChangeRequest> {
  const [pbx] = ctx.pbxs;
  if (pbx === undefined) throw new Error('there is no PBX');
  const petition = {
    actor: slackActor(ANN),
    roles: ALL_ROLES,
    reason: 'the standard',
    target: pbx.id,
    rules,
  };
  return approveAndExecute(ctx, await proposeBaseline(ctx, petition));
}

/** A rule that is enforced on all PBXs where nothing else is said. */
export function ruleOf(key: string, value: Value, target = 'all'): Rule {
  return { key, value, mode: 'enforce', target };
}

/** The bodies that were written to a PBX. */
export function written(pbx: SimulatedPbx): readonly unknown[] {
  return pbx.writes().map(({ body }) => body);
}

/** Every deed in the audit log, oldest first; throws where its chain is broken. */
export async function deeds(ctx: Ctx): Promise<readonly string[]> {
  const { fault } = await verifyAudit(ctx.db);
  if (fault !== null) throw new Error(fault);
  const rows = await ctx.db.selectFrom('audit').select('action').orderBy('seq').execute();
  return rows.map(({ action }) => action);
}

import type { App } from '../../src/app.js';
import { breakGlass, closeReview } from '../../src/changes/break-glass.js';
import { editChange } from '../../src/changes/edit.js';
import { getRequestByNumber } from '../../src/changes/queries.js';
import type { ChangeRequest } from '../../src/changes/request.js';
import { proposeRevert } from '../../src/changes/revert.js';
import { withdrawChange } from '../../src/changes/withdraw.js';
import type { Ctx } from '../../src/ctx.js';
import { getHeldSweep, releaseSweep } from '../../src/drift/release.js';
import { findSweepByNumber } from '../../src/drift/store.js';
import { startSweep } from '../../src/drift/sweep.js';
import { UserError } from '../../src/errors.js';
import {
  ALL_ROLES,
  ANN,
  approveAndExecute,
  BEN,
  CLEO,
  decide,
  propose,
  publish,
  ruleOf,
  slackActor,
} from './deeds.js';

/** What people do, told twice where a process died in between: what was done before is simply refused then. */
export interface Script {
  /** What stands when the process begins; nothing runs by itself meanwhile. */
  prepare(ctx: Ctx): Promise<unknown>;
  /** What the simulated PBX does before the process begins. */
  readonly moves?: Readonly<Record<string, unknown>>;
  /** How long ago the script was prepared. */
  readonly agoMs?: number;
  play(app: App): Promise<void>;
}

export type ScriptName = keyof typeof scripts;

const WANTED = { BusyMonitorTimeout: 45 };
const HOUR_MS = 3_600_000;

/** Everybody is whoever they say they are, and in no group. */
export const everybody: Ctx['directory'] = {
  standing: async (id) => ({ isActive: true, ids: new Set([id]) }),
  members: async () => [],
};

/** Does what may have been done before the process died; then it is refused, or asks for nothing new. */
async function perhaps(deed: () => Promise<unknown>): Promise<void> {
  await deed().catch((error: unknown) => {
    if (!(error instanceof UserError)) throw error;
  });
}

const first = ({ ctx }: App): Promise<ChangeRequest> => getRequestByNumber(ctx.db, 1);

async function approve(app: App, number: number, ...people: readonly string[]): Promise<void> {
  for (const who of people) {
    await perhaps(async () => decide(app.ctx, await getRequestByNumber(app.ctx.db, number), who));
  }
  await app.idle();
}

const nothing = async (): Promise<void> => undefined;

export const scripts = {
  'two approvals': {
    prepare: nothing,
    async play(app) {
      await perhaps(() => propose(app.ctx, { AllowFwdToExternal: true }, { origin: 'form' }));
      await approve(app, 1, BEN, CLEO);
    },
  },
  'a value that moved': {
    prepare: (ctx) => propose(ctx, WANTED),
    moves: { BusyMonitorTimeout: 60 },
    async play(app) {
      await approve(app, 1, BEN);
      if ((await first(app)).round === 2) await approve(app, 1, BEN);
    },
  },
  'an edit': {
    prepare: async (ctx) => decide(ctx, await propose(ctx, { AllowFwdToExternal: true }), BEN),
    async play(app) {
      const edit = {
        actor: slackActor(ANN),
        roles: ALL_ROLES,
        reason: 'less',
        hold: { kind: 'none' },
      } as const;
      const assignments = [{ key: 'BusyMonitorTimeout', value: 45 }];
      const { id } = await first(app);
      await perhaps(() => editChange(app.ctx, { ...edit, assignments, requestId: id, round: 1 }));
      await approve(app, 1, BEN);
    },
  },
  'a withdrawal': {
    prepare: (ctx) => propose(ctx, WANTED),
    async play(app) {
      const { id } = await first(app);
      await perhaps(() => withdrawChange(app.ctx, { requestId: id, actor: slackActor(ANN) }));
      await app.idle();
    },
  },
  'an expiry': {
    prepare: (ctx) => propose(ctx, WANTED),
    agoMs: 73 * HOUR_MS,
    play: (app) => app.idle(),
  },
  'a broken glass and its review': {
    prepare: (ctx) => propose(ctx, WANTED),
    async play(app) {
      const { id } = await first(app);
      const order = { requestId: id, roles: ALL_ROLES };
      const broken = { ...order, round: 1, actor: slackActor(ANN), reason: 'fire', confirmation: 'hq' };
      await perhaps(() => breakGlass(app.ctx, broken));
      await app.idle();
      await perhaps(() => closeReview(app.ctx, { ...order, actor: slackActor(BEN), note: 'fair' }));
      await app.idle();
    },
  },
  'a revert': {
    prepare: async (ctx) => approveAndExecute(ctx, await propose(ctx, WANTED)),
    async play(app) {
      const { id } = await first(app);
      const petition = { actor: slackActor(ANN), roles: ALL_ROLES, reason: 'back', origin: 'form' };
      await perhaps(() => proposeRevert(app.ctx, { ...petition, requestId: id }));
      await approve(app, 2, BEN);
    },
  },
  'a roll-out': {
    async prepare(ctx) {
      await publish(ctx, [ruleOf('BusyMonitorTimeout', 30)]);
      await propose(ctx, WANTED, { target: 'all', hold: { kind: 'baseline' } });
    },
    play: (app) => approve(app, 2, BEN),
  },
  'a held sweep and its release': {
    prepare: (ctx) => publish(ctx, [ruleOf('BusyMonitorTimeout', 45)]),
    async play(app) {
      const { ctx } = app;
      const isBegun = (await findSweepByNumber(ctx.db, 1)) !== undefined;
      if (!isBegun) await startSweep(ctx, { kind: 'person', actor: slackActor(ANN) });
      await app.idle();
      const decider = { actor: slackActor(CLEO), roles: ALL_ROLES };
      await perhaps(async () => releaseSweep(ctx, await getHeldSweep(ctx), decider));
      await app.idle();
    },
  },
} as const satisfies Readonly<Record<string, Script>>;

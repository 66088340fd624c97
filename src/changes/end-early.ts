import { record } from '../audit/record.js';
import { activeExceptions, endException, type StoredException } from '../baseline/exception-store.js';
import { activePauses, endPause, type Pause } from '../baseline/pause-store.js';
import { type Actor, type Ctx, type Role, timestamp } from '../ctx.js';
import { UserError } from '../errors.js';
import { covers } from '../fleet/covers.js';
import { getTarget, selectPbxs } from '../fleet/pbx.js';

/** Who ends something before its time. */
export interface Ender {
  readonly actor: Actor;
  readonly roles: ReadonlySet<Role>;
  /** The Slack message or command it came from, for the audit log. */
  readonly source?: string;
}

/**
 * Ends an exception before its time; the next sweep holds its rule again. The beginning of its id is enough where no other
 * one begins so. Throws `UserError` for anybody but its owner, admins and approvers, and where it is over already.
 */
export async function endExceptionEarly(ctx: Ctx, id: string, ender: Ender): Promise<StoredException> {
  const at = timestamp(ctx);
  const exception = await exceptionNamed(ctx, id, at);
  checkMayEnd(ctx, exception, ender);
  const { key, target, untilAt, reason } = exception;
  const isEnded = await ctx.db.transaction().execute(async (tx) => {
    if (!(await endException(tx, exception.id, ender.actor.id, at))) return false;
    const subject = { kind: 'exception', id: exception.id } as const;
    const detail = { key, target, untilAt, reason, source: ender.source ?? null };
    await record(tx, { at, actor: ender.actor, action: 'exception.ended', subject, detail });
    return true;
  });
  if (!isEnded) throw over();
  return exception;
}

/**
 * Ends the pauses of a target before their time. Throws `UserError` as `endExceptionEarly`, and where the target is paused
 * only as a part of another one.
 */
export async function resumeSweeps(ctx: Ctx, target: string, ender: Ender): Promise<readonly Pause[]> {
  const meant = getTarget(ctx, target);
  const at = timestamp(ctx);
  const pauses = await activePauses(ctx.db, at);
  const own = pauses.filter((pause) => pause.target === meant);
  if (own.length === 0) throw notPaused(ctx, meant, pauses);
  for (const pause of own) checkMayEnd(ctx, pause, ender);
  return ctx.db.transaction().execute(async (tx) => {
    const ended: Pause[] = [];
    for (const pause of own) {
      if (!(await endPause(tx, pause.id, ender.actor.id, at))) continue;
      const subject = { kind: 'pause', id: pause.id } as const;
      const { untilAt, reason } = pause;
      const detail = { target: meant, untilAt, reason, source: ender.source ?? null };
      await record(tx, { at, actor: ender.actor, action: 'pause.ended', subject, detail });
      ended.push(pause);
    }
    if (ended.length === 0) throw notPaused(ctx, meant, []);
    return ended;
  });
}

/** The exceptions in force, the one that ends first leading: all, or those that mean any PBX of a target. */
export async function exceptionsNow(ctx: Ctx, target?: string): Promise<readonly StoredException[]> {
  const pbxs = target === undefined ? null : selectPbxs(ctx, target);
  const all = await activeExceptions(ctx.db, timestamp(ctx));
  if (pbxs === null) return all;
  return all.filter((exception) => pbxs.some((pbx) => covers(exception.target, pbx)));
}

/** Whether somebody may end what another one answers for. */
export function mayEnd(
  { roles }: Pick<Ctx, 'roles'>,
  { owner }: { readonly owner: string },
  { actor, roles: own }: Ender,
): boolean {
  if (owner === actor.id || own.has('admin') || own.has('approver')) return true;
  return actor.kind === 'operator' && roles.approvers.length === 0;
}

async function exceptionNamed(ctx: Ctx, id: string, at: string): Promise<StoredException> {
  const all = await activeExceptions(ctx.db, at);
  const named = all.filter((exception) => id !== '' && exception.id.startsWith(id.toLowerCase()));
  const [exception, ...others] = named;
  if (exception === undefined) throw over();
  if (others.length === 0) return exception;
  throw new UserError('invalid', `${named.length} exceptions have an id that begins with ${id}.`, {
    field: 'id',
    mend: 'Write more of it.',
  });
}

function checkMayEnd(ctx: Pick<Ctx, 'roles'>, owned: { readonly owner: string }, ender: Ender): void {
  if (mayEnd(ctx, owned, ender)) return;
  throw new UserError('forbidden', 'Only its owner, admins and approvers can end it early.', {
    mend:
      ender.actor.kind === 'operator' ? `Its owner is ${owned.owner}; end it in Slack.` : 'Ask one of them.',
  });
}

function over(): UserError {
  return new UserError('conflict', 'No such exception is in force: it is over already, or never began.', {
    mend: 'The list of exceptions shows those in force.',
  });
}

function notPaused(ctx: Ctx, target: string, pauses: readonly Pause[]): UserError {
  const pbxs = selectPbxs(ctx, target);
  const wider = pauses.filter((pause) => pbxs.some((pbx) => covers(pause.target, pbx)));
  const others = [...new Set((wider.length === 0 ? pauses : wider).map((pause) => pause.target))];
  const isPart = wider.length > 0;
  return new UserError(
    'conflict',
    isPart ? `There is no pause of ${target} itself.` : `The sweeps of ${target} are not paused.`,
    {
      field: 'target',
      mend:
        others.length === 0
          ? 'Nothing is paused.'
          : `${isPart ? 'It is paused with' : 'Paused are'} ${others.join(', ')}.`,
    },
  );
}

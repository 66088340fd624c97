import { desiredFor } from '../baseline/rules.js';
import { currentBaseline } from '../baseline/store.js';
import { type Ctx, timestamp } from '../ctx.js';
import { UserError } from '../errors.js';
import { getTarget, selectPbxs } from '../fleet/pbx.js';
import { getSetting } from '../settings/catalogue.js';
import { openRequest, type Petition } from './open.js';
import { checkPetition } from './propose.js';
import type { ChangeRequest } from './request.js';
import { findByOrigin } from './store.js';

const DAY_MS = 86_400_000;
const LONGEST_DAYS = 366;

export interface PausePetition extends Petition {
  readonly target: string;
  /** When it ends, in ISO 8601; there is no exception and no pause without an end. */
  readonly untilAt: string;
  /** Who answers for it; whoever asks where it is not said. */
  readonly owner?: string;
}

export interface ExceptionPetition extends PausePetition {
  /** The settings whose rules are to be suspended. */
  readonly keys: readonly string[];
}

/**
 * Asks for the rules of some settings to be suspended on a target until a time. Throws `UserError` where the person may
 * not ask, the end is not within a year, or no rule holds a setting there.
 */
export async function proposeException(ctx: Ctx, petition: ExceptionPetition): Promise<ChangeRequest> {
  checkPetition(ctx, petition);
  checkEnd(ctx, petition.untilAt);
  const target = getTarget(ctx, petition.target);
  const keys = [...new Set(petition.keys.map((key) => getSetting(key).key))];
  if (keys.length === 0) throw new UserError('invalid', 'Name at least one setting.', { field: 'settings' });
  const baseline = await currentBaseline(ctx.db);
  const held = new Set(
    selectPbxs(ctx, target).flatMap((pbx) =>
      desiredFor(baseline, [], pbx, ctx.now()).map(({ rule }) => rule.key),
    ),
  );
  const free = keys.find((key) => !held.has(key));
  if (free !== undefined) {
    throw new UserError('conflict', `No rule holds ${getSetting(free).label} on ${target}.`, {
      field: free,
      mend: 'Only what the baseline holds can have an exception.',
    });
  }
  return open(ctx, petition, target, { kind: 'exception', keys });
}

/** Asks for sweeps to leave a target alone until a time. Throws `UserError` as `proposeException`. */
export async function proposePause(ctx: Ctx, petition: PausePetition): Promise<ChangeRequest> {
  checkPetition(ctx, petition);
  checkEnd(ctx, petition.untilAt);
  return open(ctx, petition, getTarget(ctx, petition.target), { kind: 'pause' });
}

type What = { readonly kind: 'pause' } | { readonly kind: 'exception'; readonly keys: readonly string[] };

async function open(ctx: Ctx, petition: PausePetition, target: string, what: What): Promise<ChangeRequest> {
  const { origin, untilAt, owner = petition.actor.id } = petition;
  const earlier = origin === undefined ? undefined : await findByOrigin(ctx.db, origin);
  if (earlier !== undefined) return earlier;
  const { version } = await currentBaseline(ctx.db);
  const content = { ...what, target, owner, untilAt };
  return openRequest(ctx, petition, { target, content, baselineVersion: version });
}

function checkEnd(ctx: Pick<Ctx, 'now'>, untilAt: string): void {
  const latest = new Date(ctx.now().getTime() + LONGEST_DAYS * DAY_MS).toISOString();
  if (untilAt > timestamp(ctx) && untilAt <= latest) return;
  throw new UserError('invalid', 'It must end in the future, and within a year.', {
    field: 'until',
    mend: 'Choose another date; it can be asked for again before it ends.',
  });
}

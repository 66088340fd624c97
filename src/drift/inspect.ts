import { currentDesired, type Held } from '../baseline/desired.js';
import type { Ctx, Pbx } from '../ctx.js';
import { type Author, findAuthors, type Telling } from '../fleet/author.js';
import type { Observation } from '../fleet/observation.js';
import { readPbx } from '../fleet/observe.js';
import type { WantedChange } from '../fleet/outcome.js';
import { saveObservation } from '../fleet/store.js';
import { getSetting } from '../settings/catalogue.js';
import { authorStill } from './episode.js';
import { listEpisodes } from './episode-store.js';
import { lastInspectedAt } from './inspection-store.js';
import { type Drifted, type Finding, findingsOf, planOf } from './finding.js';

const MOST_EPISODES = 1000;

/** What one look at a PBX found, and what correcting it would write. Looking never writes to a PBX. */
export interface Inspection {
  readonly findings: readonly Finding[];
  readonly plan: readonly WantedChange[];
  /** Why nobody can tell who changed things there, or null where somebody can or it was said already. */
  readonly gap: string | null;
}

/**
 * Reads the governed resources of a PBX and compares them with what it is held to now. Where something drifted its audit
 * log is asked who did it; what cannot be told there changes no finding. Whoever asks is told why it cannot be told, each
 * time; that takes no news from the sweep's report.
 */
export async function inspectPbx(ctx: Ctx, pbx: Pbx): Promise<Inspection> {
  const { observation, ...inspection } = await lookAt(ctx, pbx, { telling: 'always' });
  await saveObservation(ctx.db, observation);
  return inspection;
}

/** As `inspectPbx`, for whoever saves the observation; `held` where that was just looked up. */
export async function lookAt(
  ctx: Ctx,
  pbx: Pbx,
  { held, telling }: { readonly held?: Held; readonly telling: Telling },
): Promise<Inspection & { readonly observation: Observation }> {
  const { desired } = await currentDesired(ctx, pbx, held);
  const judged = desired.filter(
    ({ exception, conflict }) => exception === undefined && conflict === undefined,
  );
  const resources = [...new Set(judged.map(({ rule }) => getSetting(rule.key).resource))];
  const observation = await readPbx(ctx, pbx, resources);
  const findings = findingsOf(desired, observation);
  const drifted = findings.filter((finding) => finding.status === 'drifted');
  if (drifted.length === 0) return { findings, plan: [], gap: null, observation };
  const sinceAt = await lastInspectedAt(ctx.db, pbx.id);
  const found = await findAuthors(ctx, pbx, drifted.map(driftOf), sinceAt, telling);
  const authors = { ...(await earlierAuthors(ctx, pbx, drifted)), ...found.authors };
  const signed = findings.map((finding): Finding => {
    const author = finding.status === 'drifted' ? authors[finding.rule.key] : undefined;
    return finding.status === 'drifted' && author !== undefined ? { ...finding, author } : finding;
  });
  return { findings: signed, plan: planOf(signed), gap: found.gap, observation };
}

/** Who made drifts that earlier sweeps saw, for the audit log is only asked for what is new. */
async function earlierAuthors(
  { db }: Pick<Ctx, 'db'>,
  pbx: Pbx,
  drifted: readonly Drifted[],
): Promise<Readonly<Record<string, Author>>> {
  const open = await listEpisodes(db, { pbxId: pbx.id, limit: MOST_EPISODES });
  const known = drifted.flatMap(({ rule, live }) => {
    const episode = open.find(({ key }) => key === rule.key);
    const author = episode === undefined ? null : authorStill(episode, live);
    return author === null ? [] : [[rule.key, author] as const];
  });
  return Object.fromEntries(known);
}

function driftOf({ rule, live }: Drifted) {
  return { key: rule.key, live, desired: rule.value };
}

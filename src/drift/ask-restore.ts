import { openRequest } from '../changes/open.js';
import { findRequest } from '../changes/store.js';
import { isFinal } from '../changes/transitions.js';
import type { Part, SettingsContent } from '../changes/request.js';
import type { Actor, Ctx } from '../ctx.js';
import { UserError } from '../errors.js';
import type { Episode, EpisodeChange } from './episode.js';
import type { Sweep } from './store.js';

const SYSTEM: Actor = { kind: 'system', id: 'sweep' };
const NOBODY = new Set<never>();

/**
 * Asks for the restoring of drift whose rule says `ask`: one request for all PBXs of a rule's target, unless one is open.
 * Asked twice for one sweep it asks once. Returns the episodes with their requests.
 */
export async function askForRestores(
  ctx: Ctx,
  sweep: Sweep,
  changes: readonly EpisodeChange[],
): Promise<readonly EpisodeChange[]> {
  const wanting: EpisodeChange[] = [];
  for (const change of changes) if (await isWanting(ctx, change.episode)) wanting.push(change);
  const requestOf = new Map<string, string>();
  for (const [target, episodes] of byTarget(wanting.map(({ episode }) => episode))) {
    const id = await ask(ctx, sweep, target, episodes);
    if (id !== null) for (const episode of episodes) requestOf.set(episode.id, id);
  }
  return changes.map(({ before, episode }) => {
    const requestId = requestOf.get(episode.id);
    if (requestId === undefined) return { before, episode };
    const revision = before === null ? episode.revision : episode.revision + 1;
    return { before, episode: { ...episode, requestId, revision } };
  });
}

/** A no holds for as long as the drift lasts. */
async function isWanting(ctx: Ctx, { closedAt, rule, status, requestId }: Episode): Promise<boolean> {
  if (closedAt !== null || rule.mode !== 'ask' || status !== 'drifted') return false;
  if (requestId === null) return true;
  const request = await findRequest(ctx.db, requestId);
  return request === undefined || (isFinal(request.state) && request.state !== 'denied');
}

function byTarget(episodes: readonly Episode[]): ReadonlyMap<string, readonly Episode[]> {
  const groups = new Map<string, Episode[]>();
  for (const episode of episodes) {
    groups.set(episode.rule.target, [...(groups.get(episode.rule.target) ?? []), episode]);
  }
  return groups;
}

async function ask(
  ctx: Ctx,
  sweep: Sweep,
  ruleTarget: string,
  episodes: readonly Episode[],
): Promise<string | null> {
  const content: SettingsContent = {
    kind: 'settings',
    parts: partsOf(ctx, episodes),
    left: [],
    hold: { kind: 'none' },
  };
  const [first, ...others] = content.parts;
  if (first === undefined) return null;
  const asked = {
    target: others.length === 0 ? first.pbxId : ruleTarget,
    content,
    baselineVersion: sweep.baselineVersion,
  };
  const petition = {
    actor: SYSTEM,
    roles: NOBODY,
    reason: `Sweep #${sweep.number} found drift that the baseline asks to restore only once someone approves.`,
    origin: `ask:${sweep.id}:${sweep.state}:${ruleTarget}`,
  };
  try {
    return (await openRequest(ctx, petition, asked)).id;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    ctx.log.warn({ err: error, sweep: sweep.id }, 'drift could not be offered for restoring');
    return null;
  }
}

function partsOf(ctx: Ctx, episodes: readonly Episode[]): readonly Part[] {
  return ctx.pbxs.flatMap(({ id, url }) => {
    const items = episodes
      .filter(({ pbxId }) => pbxId === id)
      .map(({ key, live, rule }) => ({ key, before: live, value: rule.value }));
    return items.length === 0 ? [] : [{ pbxId: id, url, items }];
  });
}

import { currentDesired } from '../baseline/desired.js';
import type { Rule } from '../baseline/rules.js';
import type { Petition } from '../changes/open.js';
import { proposeBaseline } from '../changes/propose-baseline.js';
import { proposeException } from '../changes/propose-exception.js';
import { proposeSettings } from '../changes/propose.js';
import { getRequest } from '../changes/queries.js';
import type { ChangeRequest } from '../changes/request.js';
import { isFinal } from '../changes/transitions.js';
import type { Ctx } from '../ctx.js';
import { UserError } from '../errors.js';
import { readingOf } from '../fleet/observation.js';
import { observe } from '../fleet/observe.js';
import { getPbx } from '../fleet/pbx.js';
import { getSetting } from '../settings/catalogue.js';
import { isSameValue } from '../settings/kind.js';
import type { Value } from '../settings/setting.js';
import type { Episode } from './episode.js';
import { findEpisode, listEpisodes, saveEpisodeRequest } from './episode-store.js';

/** More settings than a PBX has. */
const MOST_OPEN = 1000;

/** Who answers a drift, and why. The episode itself keeps a second click from asking twice. */
export type AnswerPetition = Omit<Petition, 'origin'>;

/** A drift that is not over. Throws `UserError` where there is none, or it is over. */
export async function getOpenEpisode({ db }: Pick<Ctx, 'db'>, id: string): Promise<Episode> {
  const episode = await findEpisode(db, id);
  if (episode === undefined) throw new UserError('not-found', 'This drift is not in the database.');
  if (episode.closedAt === null) return episode;
  throw new UserError('conflict', `This drift is over: ${episode.closedBecause ?? 'it was closed'}.`);
}

/** Asks for the rule's value to be written to the PBX. Throws `UserError` as `proposeSettings`, and where it is asked for. */
export async function askToRestore(ctx: Ctx, id: string, petition: AnswerPetition): Promise<ChangeRequest> {
  const episode = await getUnanswered(ctx, id);
  const rule = await ruleFor(ctx, episode.pbxId, episode.key);
  const request = await proposeSettings(ctx, {
    ...petition,
    origin: originOf(episode, 'restore'),
    target: episode.pbxId,
    assignments: [{ key: rule.key, value: rule.value }],
    hold: { kind: 'none' },
  });
  return linked(ctx, [episode], request);
}

/** Asks for the rules' values of several settings of a PBX, or of all that drifted there. Throws `UserError`. */
export async function askToRestorePbx(
  ctx: Ctx,
  { pbxId, keys }: { readonly pbxId: string; readonly keys: readonly string[] },
  petition: Petition,
): Promise<ChangeRequest> {
  const pbx = getPbx(ctx, pbxId);
  const open = await listEpisodes(ctx.db, { pbxId: pbx.id, limit: MOST_OPEN });
  const wanted = keys.length > 0 ? keys : open.map(({ key }) => key);
  if (wanted.length === 0) {
    throw new UserError('conflict', `No drift of ${pbx.name} is open.`, {
      mend: '/pbx-drift check looks at it now.',
    });
  }
  const rules = await Promise.all(wanted.map((key) => ruleFor(ctx, pbx.id, key)));
  const request = await proposeSettings(ctx, {
    ...petition,
    target: pbx.id,
    assignments: rules.map(({ key, value }) => ({ key, value })),
    hold: { kind: 'none' },
  });
  const answered = open.filter(({ key }) => rules.some((rule) => rule.key === key));
  return linked(ctx, answered, request);
}

/**
 * Asks for what the PBX has right now to become the baseline's value: for this PBX alone, or wherever the rule holds. Throws
 * `UserError` where it cannot be read, or is as the baseline says again.
 */
export async function askToAdopt(
  ctx: Ctx,
  id: string,
  { scope, ...petition }: AnswerPetition & { readonly scope: 'pbx' | 'rule' },
): Promise<ChangeRequest> {
  const episode = await getUnanswered(ctx, id);
  const rule = await ruleFor(ctx, episode.pbxId, episode.key);
  const value = await liveValue(ctx, episode, rule);
  const target = scope === 'pbx' ? episode.pbxId : rule.target;
  const request = await proposeBaseline(ctx, {
    ...petition,
    origin: originOf(episode, 'adopt'),
    target: 'baseline',
    rules: [{ ...rule, value, target }],
  });
  return linked(ctx, [episode], request);
}

/** Asks for the rule to be suspended on the PBX until a time. Throws `UserError` as `proposeException`. */
export async function askToExcept(
  ctx: Ctx,
  id: string,
  { untilAt, ...petition }: AnswerPetition & { readonly untilAt: string },
): Promise<ChangeRequest> {
  const episode = await getUnanswered(ctx, id);
  const request = await proposeException(ctx, {
    ...petition,
    origin: originOf(episode, 'except'),
    target: episode.pbxId,
    keys: [episode.key],
    untilAt,
  });
  return linked(ctx, [episode], request);
}

/** One drift is answered by one request at a time. The answer that is under way is no conflict for its own second click. */
async function getUnanswered(ctx: Ctx, id: string): Promise<Episode> {
  const episode = await getOpenEpisode(ctx, id);
  if (episode.requestId === null) return episode;
  const request = await getRequest(ctx.db, episode.requestId);
  if (isFinal(request.state)) return episode;
  throw new UserError('conflict', `Request #${request.number} is about this drift already.`, {
    mend: 'Decide or withdraw it first.',
  });
}

/** The same answer given twice is one request; once that has ended, another may be asked for. */
function originOf({ id, requestId }: Episode, how: string): string {
  return `episode:${id}:${how}:${requestId ?? 'first'}`;
}

async function linked(
  ctx: Ctx,
  episodes: readonly Episode[],
  request: ChangeRequest,
): Promise<ChangeRequest> {
  for (const { id } of episodes) {
    await saveEpisodeRequest(ctx.db, id, request.id);
    ctx.wake({ kind: 'episode', id });
  }
  return request;
}

/** What the baseline holds a setting of a PBX to now. Throws `UserError` where it does not any more. */
async function ruleFor(ctx: Ctx, pbxId: string, key: string): Promise<Rule> {
  const setting = getSetting(key);
  const pbx = getPbx(ctx, pbxId);
  const { desired } = await currentDesired(ctx, pbx);
  const found = desired.find(({ rule }) => rule.key === setting.key);
  if (found !== undefined && found.conflict === undefined) return found.rule;
  const because = found === undefined ? 'has no rule' : 'has two rules that contradict each other';
  throw new UserError('conflict', `The baseline ${because} for ${setting.label} on ${pbx.name}.`, {
    field: setting.key,
  });
}

async function liveValue(ctx: Ctx, { pbxId, key }: Episode, rule: Rule): Promise<Value> {
  const pbx = getPbx(ctx, pbxId);
  const setting = getSetting(key);
  const reading = readingOf(await observe(ctx, pbx, [setting.resource]), setting.key);
  if (reading.status !== 'read') {
    throw new UserError(
      'conflict',
      `${setting.label} of ${pbx.name} cannot be read now: ${reading.because}`,
      {
        mend: 'Nothing was asked for. Try again later.',
      },
    );
  }
  if (!isSameValue(setting, reading.value, rule.value)) return reading.value;
  throw new UserError('conflict', `${setting.label} of ${pbx.name} is as the baseline says again.`, {
    mend: 'The next sweep closes this drift.',
  });
}

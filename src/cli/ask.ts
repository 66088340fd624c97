import { versionOfRequest } from '../baseline/store.js';
import type { ChangeRequest } from '../changes/request.js';
import { printJson, type Shell, notice } from './command.js';
import { requestWords } from './request-words.js';
import { isForSeveral, resourceOf, rolloutJson } from './rollout-words.js';
import { requestExitCode, settleRequest, type WaitOptions } from './settle.js';
import type { ExitCode, Opened } from './world.js';

/** Sees a new request through: its progress and its end in words on standard error, what came of it as JSON on standard output. */
export async function seeThrough(
  { world }: Shell,
  app: Opened,
  proposed: ChangeRequest,
  options: WaitOptions,
): Promise<ExitCode> {
  const request = await settleRequest(world, app, proposed, options);
  notice(world, requestWords(request, options));
  const answer = await answerOf(app, request);
  if (answer !== null) printJson(world, answer);
  return requestExitCode(request, options);
}

/** The resource of one PBX as it is now; null where one PBX has nothing new. */
async function answerOf({ ctx }: Opened, request: ChangeRequest): Promise<unknown> {
  const { number, state, content, results } = request;
  if (isForSeveral(request)) return rolloutJson(request);
  if (state === 'pending') return { request: number, state };
  if (state !== 'applied') return null;
  if (content.kind === 'settings') return resourceOf(results[0]);
  if (content.kind !== 'baseline') return { request: number, state, until: content.untilAt };
  return { request: number, state, baseline: (await versionOfRequest(ctx.db, request.id)) ?? null };
}

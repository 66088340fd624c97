import type { ChangeRequest, LeftOut, PartResult } from '../changes/request.js';
import { sentence } from '../errors.js';
import { contentWords, counted, outcomeLine } from './words.js';

/** Whether a request was asked for a tag or all PBXs; then its answer names them, be they one or many. */
export function isForSeveral({ target, content }: Pick<ChangeRequest, 'target' | 'content'>): boolean {
  return content.kind === 'settings' && (target === 'all' || target.startsWith('tag:'));
}

/** The PBXs a request leaves alone although they ought to be changed. */
export function missedPbxs({ content }: Pick<ChangeRequest, 'content'>): readonly LeftOut[] {
  return content.kind === 'settings' ? content.left.filter(({ kind }) => kind !== 'same') : [];
}

/** A PBX as it ends, with how far the roll-out is. */
export function progressWords(result: PartResult, ended: number, total: number): string {
  return `${ended} of ${total}: ${resultWords(result)}`;
}

/** The result of a request on several PBXs: failures first, then the others, then whom it left alone. */
export function summaryWords(request: ChangeRequest): readonly string[] {
  const { results } = request;
  const failed = results.filter(({ state, outcomes }) => state === 'failed' && outcomes !== null);
  const untried = results.filter(({ state, outcomes }) => state === 'failed' && outcomes === null);
  const applied = results.filter(({ state }) => state === 'applied');
  return [
    ...headline(request, applied.length, failed.length, results.length - applied.length - failed.length),
    ...failed.map((result) => `  ${resultWords(result)}`),
    ...grouped(untried.map(({ pbxId, failure }) => ({ pbxId, because: failure ?? 'it was not tried' }))),
    ...(applied.length === 0
      ? []
      : [`  Applied: ${applied.map(({ pbxId }) => named(request, pbxId)).join(', ')}`]),
    ...leftWords(request),
  ];
}

/** The PBXs that a request leaves alone, and why; those it ought to have changed first. */
export function leftWords({ content }: Pick<ChangeRequest, 'content'>): readonly string[] {
  if (content.kind !== 'settings') return [];
  const missed = content.left.filter(({ kind }) => kind !== 'same');
  const same = content.left.filter(({ kind }) => kind === 'same');
  return grouped([...missed, ...same], 'Left out: ');
}

/** What a request on several PBXs came to, for programs: the resources of those that have it now, and why others have not. */
export function rolloutJson(request: ChangeRequest): Readonly<Record<string, unknown>> {
  const { number, state, results, content } = request;
  const applied = results.filter((result) => result.state === 'applied');
  const failed = results.filter((result) => result.state === 'failed');
  return {
    request: number,
    state,
    pbxs: Object.fromEntries(applied.map((result) => [result.pbxId, resourceOf(result)])),
    failed: Object.fromEntries(failed.map((result) => [result.pbxId, whyOf(result)])),
    left: content.kind === 'settings' ? content.left : [],
  };
}

/** The resource as it is now; several of them by their names. */
export function resourceOf(result: PartResult | undefined): unknown {
  const read = result?.result ?? {};
  const resources = Object.values(read);
  return resources.length === 1 ? resources[0] : read;
}

function headline(
  request: ChangeRequest,
  applied: number,
  failed: number,
  others: number,
): readonly string[] {
  const { number, state, results, failure } = request;
  if (state === 'applied') return [`Request #${number} was applied to ${counted(applied, 'PBX')}.`];
  if (state !== 'failed') return [`Request #${number}: ${contentWords(request.content)}`];
  if (applied + failed === 0 && failure !== null)
    return [`Request #${number} failed; nothing was written. ${sentence(failure)}`];
  const numbers = [`${applied} applied`, `${failed} failed`, `${others} not tried`];
  return [`Request #${number} failed: of ${counted(results.length, 'PBX')} ${numbers.join(', ')}.`];
}

function resultWords({ pbxId, state, outcomes, failure }: PartResult): string {
  const lines = (outcomes ?? []).map(outcomeLine);
  const why = failure === null ? [] : [failure];
  return `${pbxId} ${state}: ${[...why, ...lines].join('; ')}`;
}

function whyOf({ outcomes, failure }: PartResult): string {
  const lines = (outcomes ?? []).filter(({ status }) => status !== 'written').map(outcomeLine);
  return failure ?? lines.join('; ');
}

/** The first PBX of a roll-out is the one whose failure keeps the others safe. */
function named({ results }: ChangeRequest, pbxId: string): string {
  return results.length > 1 && results[0]?.pbxId === pbxId ? `${pbxId} (first, as the canary)` : pbxId;
}

/** PBXs with the same reason on one line. */
function grouped(
  pbxs: readonly { readonly pbxId: string; readonly because: string }[],
  label = '',
): readonly string[] {
  const reasons = [...new Set(pbxs.map(({ because }) => because))];
  return reasons.map((reason) => {
    const ids = pbxs.filter(({ because }) => because === reason).map(({ pbxId }) => pbxId);
    return `  ${label}${ids.join(', ')}: ${reason}`;
  });
}

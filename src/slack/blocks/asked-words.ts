import type { ChangeRequest } from '../../changes/request.js';
import { baselineSummary } from './baseline-impact.js';
import { linesOf } from './change-diff.js';
import { isForMany } from './change-words.js';

/** The answer to whoever asked: the request's number, where it waits, and of several PBXs which it would change. */
export function askedWords(
  request: ChangeRequest,
  approvalsChannel: string,
  nameOf: (pbxId: string) => string,
): readonly string[] {
  const { number, content } = request;
  const waits = `Request #${number} waits for approval in <#${approvalsChannel}>. You will get a message when it is decided.`;
  if (content.kind === 'baseline') return [waits, baselineSummary(content)];
  return isForMany(content) ? [waits, ...linesOf(request, nameOf).slice(0, 1)] : [waits];
}

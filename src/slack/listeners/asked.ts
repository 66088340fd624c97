import type { ChangeRequest } from '../../changes/request.js';
import type { Ctx } from '../../ctx.js';
import { targetName } from '../blocks/change-words.js';
import type { Asked } from '../blocks/confirm-form.js';
import { seenValue } from '../request-ref.js';
import { withSource } from '../source.js';
import { pbxNames } from './scope.js';

/** A request as a window shows it, which acts on the round that was shown and remembers where it was opened. */
export function askedAs(ctx: Pick<Ctx, 'pbxs'>, request: ChangeRequest, source: string): Asked {
  const nameOf = pbxNames(ctx);
  const name = targetName(request.target, nameOf);
  return { request, name, nameOf, metadata: withSource(seenValue(request), source) };
}

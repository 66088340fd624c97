import type { Stored } from './model.js';
import { type Author, changeByHand, hasAll, type PbxState } from './pbx.js';
import type { Insistence } from './types.js';

/**
 * Lets somebody put values there and put them back as `how` says, until the returned function or the end of the
 * simulator. Throws `UserError` for what a PBX does not have.
 */
export function insist(
  pbx: PbxState,
  resource: string,
  properties: Stored,
  author: Author,
  how: Insistence,
): () => void {
  const putBack = (): void => {
    if (!hasAll(pbx, resource, properties)) changeByHand(pbx, resource, properties, author);
  };
  changeByHand(pbx, resource, properties, author);
  const isOnWrite = how.onWrite === true || (how.everyMs === undefined && how.onReadBack !== true);
  const watches = [
    ...(isOnWrite ? [afterWrites(pbx, putBack)] : []),
    ...(how.onReadBack === true ? [afterReadBacks(pbx, resource, putBack)] : []),
  ];
  for (const watch of watches) pbx.listeners.add(watch);
  const timer = how.everyMs === undefined ? undefined : setInterval(putBack, how.everyMs).unref();
  function stop(): void {
    clearInterval(timer);
    for (const watch of watches) pbx.listeners.delete(watch);
    pbx.insistences.delete(stop);
    pbx.closing.removeEventListener('abort', stop);
  }
  pbx.insistences.add(stop);
  pbx.closing.addEventListener('abort', stop, { once: true });
  return stop;
}

/** Only writes over the API count: two who insist on different values would never come to an end. */
function afterWrites(pbx: PbxState, act: () => void): () => void {
  let seen = pbx.writes.length;
  return () => {
    if (pbx.writes.length === seen) return;
    seen = pbx.writes.length;
    act();
  };
}

function afterReadBacks(pbx: PbxState, resource: string, act: () => void): () => void {
  let seen = pbx.writes.length;
  return () => {
    const last = pbx.requests.at(-1);
    if (pbx.writes.length === seen || last?.operation !== 'read') return;
    if (last.resource !== resource || last.status !== 200) return;
    seen = pbx.writes.length;
    act();
  };
}

import type { Pbx } from '../ctx.js';

/** Whether a target (a PBX id, `tag:NAME` or `all`) means this PBX. */
export function covers(target: string, pbx: Pick<Pbx, 'id' | 'tags'>): boolean {
  if (target === 'all') return true;
  return target.startsWith('tag:') ? pbx.tags.includes(target.slice('tag:'.length)) : target === pbx.id;
}

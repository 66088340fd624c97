import { createHash } from 'node:crypto';

/** How long after the beginning of a sweep a PBX is looked at: the same every night, spread over `splayMs`. */
export function splayOf(pbxId: string, splayMs: number): number {
  if (splayMs === 0) return 0;
  return (createHash('sha256').update(pbxId).digest().readUInt32BE(0) / 2 ** 32) * splayMs;
}

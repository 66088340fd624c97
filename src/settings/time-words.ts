/** A time for people who may be anywhere: `2026-12-31 18:00 UTC`. */
export function timeWords(at: Date | string): string {
  const iso = typeof at === 'string' ? at : at.toISOString();
  return `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`;
}

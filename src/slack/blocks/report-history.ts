import { grouped } from './report-words.js';

const BARS = '▁▂▃▄▅▆▇█';

/** How drift went over the last sweeps, oldest first: bars for the eye, words for the ear. Empty where there is no history. */
export function historyWords(counts: readonly number[]): string {
  const [first, ...others] = counts;
  if (first === undefined || others.length === 0) return '';
  const most = Math.max(...counts);
  const last = others.at(-1) ?? first;
  const words = `${grouped(first)} first, ${grouped(most)} at most, ${grouped(last)} now`;
  return `Drift over the last ${counts.length} sweeps: ${bars(counts)} (settings that stayed drifted: ${words})`;
}

/** One bar a number, the highest for the greatest; 0 is always the lowest. */
function bars(counts: readonly number[]): string {
  const most = Math.max(1, ...counts);
  const steps = BARS.length - 1;
  return counts.map((count) => BARS[Math.ceil((count / most) * steps)] ?? '').join('');
}

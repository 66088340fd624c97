/** How long something took, and the most memory the process has held so far. */
export interface Run {
  readonly ms: number;
  /** The largest resident set so far, in megabytes of 2^20 bytes. */
  readonly peakMb: number;
  /** Time on a processor, in milliseconds. */
  readonly cpuMs: number;
}

/** Measures one piece of work. */
export async function timed(work: () => Promise<void>): Promise<Run> {
  const cpu = process.cpuUsage();
  const startedAt = performance.now();
  await work();
  const ms = performance.now() - startedAt;
  const { user, system } = process.cpuUsage(cpu);
  return { ms, cpuMs: (user + system) / 1000, peakMb: process.resourceUsage().maxRSS / 1024 };
}

/** The middle one of some numbers. */
export function median(numbers: readonly number[]): number {
  return quantile(numbers, 0.5);
}

/** The number below which a share of the numbers lies. */
export function quantile(numbers: readonly number[], share: number): number {
  const sorted = numbers.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

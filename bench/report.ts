import { cpus, totalmem } from 'node:os';
import { RESOURCES } from './fleet.js';
import type { Acknowledged } from './measure-acks.js';
import type { Measured } from './measure-sweeps.js';

/** All that one run measured, and on what. */
export interface Results {
  readonly sweeps: readonly Measured[];
  readonly acks: Acknowledged;
  readonly command: string;
  readonly machine: string;
}

/** The shape of this machine, without its name. */
export function machine(): string {
  const [cpu] = cpus();
  const memory = Math.round(totalmem() / 1024 ** 3);
  return `${cpus().length} cores (${cpu?.model.trim() ?? 'unknown'}), ${memory} GB, Node ${process.versions.node}, ${process.platform}`;
}

/** The tables of a run in Markdown, ratios first. */
export function reportOf(results: Results): string {
  return [
    `\`${results.command}\` on ${results.machine}:`,
    table(['What', 'Measured', 'Target'], targetsOf(results)),
    table(
      [
        'PBXs',
        'What is unusual',
        'Answers after',
        'Floor',
        'Sweep',
        'Ratio',
        'Again, tokens held',
        'Requests a PBX, first / again',
        'Time a PBX',
        'Peak memory',
      ],
      results.sweeps.map(rowOf),
    ),
    table(
      ['Acknowledging 50 commands at the same time', 'Median', '99th percentile'],
      [
        ['Plumbline', ms(results.acks.plumbline.p50), ms(results.acks.plumbline.p99)],
        ['A Bolt app that only acknowledges', ms(results.acks.bare.p50), ms(results.acks.bare.p99)],
      ],
    ),
  ].join('\n\n');
}

function targetsOf({ sweeps, acks }: Results): readonly (readonly string[])[] {
  const fleet = (size: number, latencyMs: number): Measured | undefined =>
    sweeps.find(
      ({ plan }) => plan.size === size && plan.latencyMs === latencyMs && plan.kind === 'undrifted',
    );
  const [small, middle, large, distant] = [fleet(100, 0), fleet(1000, 0), fleet(10_000, 0), fleet(1000, 20)];
  const rows: (readonly [string, string | undefined, string])[] = [
    ['Sweep of 1,000 PBXs that answer at once, against the floor', times(middle?.ratio), '≤ 1.25 ×'],
    ['The same, answers after 20 ms', times(distant?.ratio), '≤ 1.25 ×'],
    ['Requests a PBX and resource, first sweep', perResource(middle, 'cold'), '≤ 2'],
    ['The same, tokens held', perResource(middle, 'reused'), '≤ 1'],
    ['Time a PBX, 1,000 against 100', times(growth(small, middle)), '≤ 1 ×'],
    ['Time a PBX, 10,000 against 1,000', times(growth(middle, large)), '≤ 1 ×'],
    ['Peak memory at 1,000 PBXs', megabytes(middle), '< 200 MB'],
    ['Peak memory at 10,000 PBXs', megabytes(large), '< 400 MB'],
    [
      'Acknowledging 50 commands, 99th percentile, against bare Bolt',
      times(acks.plumbline.p99 / acks.bare.p99),
      '≤ 1.5 ×',
    ],
  ];
  return rows.flatMap(([what, measured, target]) =>
    measured === undefined ? [] : [[what, measured, target]],
  );
}

const UNUSUAL = {
  undrifted: 'nothing',
  drifted: '5 % drifted, corrected',
  dead: '5 % dead',
} as const;

function rowOf({ plan, floor, sweep, warm, ratio, cold, reused }: Measured): readonly string[] {
  const requests = [cold, reused].map(({ tokens, reads, writes }) =>
    ((tokens + reads + writes) / plan.size).toFixed(2),
  );
  return [
    plan.size.toLocaleString('en'),
    UNUSUAL[plan.kind],
    plan.latencyMs === 0 ? 'at once' : `${plan.latencyMs} ms`,
    seconds(floor.ms),
    seconds(sweep.ms),
    times(ratio) ?? '',
    seconds(warm.ms),
    requests.join(' / '),
    ms(sweep.ms / plan.size),
    `${Math.round(Math.max(sweep.peakMb, warm.peakMb))} MB`,
  ];
}

function growth(smaller: Measured | undefined, larger: Measured | undefined): number | undefined {
  if (smaller === undefined || larger === undefined) return undefined;
  return larger.sweep.ms / larger.plan.size / (smaller.sweep.ms / smaller.plan.size);
}

function perResource(measured: Measured | undefined, which: 'cold' | 'reused'): string | undefined {
  if (measured === undefined) return undefined;
  const { tokens, reads, writes } = measured[which];
  return ((tokens + reads + writes) / measured.plan.size / RESOURCES.length).toFixed(2);
}

function megabytes(measured: Measured | undefined): string | undefined {
  if (measured === undefined) return undefined;
  return `${Math.round(Math.max(measured.sweep.peakMb, measured.warm.peakMb))} MB`;
}

function times(ratio: number | undefined): string | undefined {
  return ratio === undefined ? undefined : `${ratio.toFixed(2)} ×`;
}

function seconds(duration: number): string {
  return `${(duration / 1000).toFixed(2)} s`;
}

function ms(duration: number): string {
  return `${duration.toFixed(1)} ms`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

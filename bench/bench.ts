import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { format, resolveConfig } from 'prettier';
import { build, type Build } from './build.js';
import type { FleetPlan } from './fleet.js';
import { measureAcks } from './measure-acks.js';
import { checked, type Measured, measureSweeps } from './measure-sweeps.js';
import { machine, reportOf } from './report.js';

const PAGE = fileURLToPath(new URL('../docs/performance.md', import.meta.url));
const BETWEEN = /(<!-- bench -->\n)[^]*(<!-- end of bench -->)/;

/** A fleet, and how often it is swept. */
interface Course {
  readonly plan: FleetPlan;
  readonly rounds: number;
}

const WHOLE: readonly Course[] = [
  { plan: { size: 100, kind: 'undrifted', latencyMs: 0 }, rounds: 3 },
  { plan: { size: 1000, kind: 'undrifted', latencyMs: 0 }, rounds: 3 },
  { plan: { size: 10_000, kind: 'undrifted', latencyMs: 0 }, rounds: 1 },
  { plan: { size: 1000, kind: 'undrifted', latencyMs: 20 }, rounds: 3 },
  { plan: { size: 1000, kind: 'drifted', latencyMs: 0 }, rounds: 3 },
  { plan: { size: 1000, kind: 'dead', latencyMs: 0 }, rounds: 1 },
];
const QUICK: readonly Course[] = [
  { plan: { size: 100, kind: 'undrifted', latencyMs: 0 }, rounds: 1 },
  { plan: { size: 1000, kind: 'undrifted', latencyMs: 0 }, rounds: 1 },
  { plan: { size: 1000, kind: 'drifted', latencyMs: 0 }, rounds: 1 },
];
const VOLLEYS = { whole: 20, quick: 5 };

const { values } = parseArgs({ options: { quick: { type: 'boolean' }, write: { type: 'boolean' } } });
const isQuick = values.quick === true;

const compiled = await build();
try {
  const sweeps = await sweepAll(compiled, isQuick ? QUICK : WHOLE);
  say('50 commands at the same time');
  const acks = await measureAcks(compiled, isQuick ? VOLLEYS.quick : VOLLEYS.whole);
  const command = isQuick ? 'npm run bench -- --quick' : 'npm run bench';
  const report = reportOf({ sweeps, acks, command, machine: machine() });
  process.stdout.write(`${report}\n`);
  if (values.write === true) await writePage(report);
} finally {
  await compiled.remove();
}

async function sweepAll(on: Build, courses: readonly Course[]): Promise<readonly Measured[]> {
  const measured: Measured[] = [];
  for (const { plan, rounds } of courses) {
    say(`${plan.size} PBXs, ${plan.kind}, answering after ${plan.latencyMs} ms: ${rounds} times`);
    measured.push(checked(await measureSweeps(on, plan, rounds)));
  }
  return measured;
}

/** Puts the tables where the page has the ones of the last run. */
async function writePage(report: string): Promise<void> {
  const page = await readFile(PAGE, 'utf8');
  const next = page.replace(BETWEEN, (_, begin: string, end: string) => `${begin}\n${report}\n\n${end}`);
  const style = await resolveConfig(PAGE);
  await writeFile(PAGE, await format(next, { ...style, filepath: PAGE }));
}

function say(what: string): void {
  process.stderr.write(`measuring ${what}\n`);
}

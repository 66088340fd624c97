import { createServer } from 'node:net';
import { type PbxSimulator, startPbxSimulator } from '../../src/simulators/pbx/server.js';
import { DRIFT, type FleetPlan, idOf, isUnusual, type Place } from '../fleet.js';
import { serveDeeds } from '../remote.js';

/** How many requests of each kind came since the last look. */
export interface Counts {
  readonly tokens: number;
  readonly reads: number;
  readonly writes: number;
}

interface Site {
  readonly simulator: PbxSimulator;
  readonly plan: FleetPlan;
  readonly seen: Map<string, number>;
}

let site: Site | null = null;

function theSite(): Site {
  if (site === null) throw new Error('no fleet was started');
  return site;
}

async function start(plan: FleetPlan): Promise<readonly Place[]> {
  const pbxs = Array.from({ length: plan.size }, (_, nth) => ({ id: idOf(nth) }));
  const simulator = await startPbxSimulator({ pbxs });
  site = { simulator, plan, seen: new Map() };
  const nowhere = await closedPort();
  return pbxs.map(({ id }, nth) => {
    const pbx = simulator.pbx(id);
    if (plan.latencyMs > 0) pbx.fault({ kind: 'slow', delayMs: plan.latencyMs });
    const isDead = plan.kind === 'dead' && isUnusual(nth);
    const isRefusing = isDead && nth % 2 === 0;
    if (isDead && !isRefusing) pbx.fault({ kind: 'hang' });
    const url = isRefusing ? `http://127.0.0.1:${nowhere}` : pbx.url;
    return { id, url, isDrifted: plan.kind === 'drifted' && isUnusual(nth), isDead };
  });
}

/** Lets values drift once more, and no token that was handed out be good any more. */
function ready(): void {
  const { simulator, plan } = theSite();
  simulator.ids.forEach((id, nth) => {
    const pbx = simulator.pbx(id);
    pbx.expireTokens();
    if (plan.kind === 'drifted' && isUnusual(nth))
      pbx.change(DRIFT.resource, { [DRIFT.property]: DRIFT.live });
  });
  count();
}

function count(): Counts {
  const { simulator, seen } = theSite();
  const counts = { token: 0, read: 0, write: 0 };
  for (const id of simulator.ids) {
    const { requests } = simulator.pbx(id);
    for (const { operation } of requests.slice(seen.get(id) ?? 0)) counts[operation] += 1;
    seen.set(id, requests.length);
  }
  return { tokens: counts.token, reads: counts.read, writes: counts.write };
}

/** A port on which nobody listens. */
function closedPort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 1));
    });
  });
}

const deeds = { start, ready, count };
export type Pbxs = typeof deeds;
serveDeeds(deeds);

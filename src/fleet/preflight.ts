import pLimit from 'p-limit';
import { type Ctx, type Pbx, timestamp } from '../ctx.js';
import { XapiError, type XapiFailure } from '../xapi/errors.js';
import { readLicence, readSystemStatus } from '../xapi/system-status.js';
import { learnDescription } from './describe.js';
import { readDoor } from './door.js';
import { observe } from './observe.js';
import {
  auditLogCheck,
  backupCheck,
  type Check,
  type CheckName,
  clockCheck,
  encryptionCheck,
  licenceCheck,
  roleCheck,
  servicesCheck,
  settingsCheck,
  versionCheck,
  viewCheck,
} from './preflight-checks.js';

/** What a preflight found on one PBX, in the order in which it looked. */
export interface Preflight {
  readonly pbxId: string;
  readonly at: string;
  readonly version: string | null;
  readonly checks: readonly Check[];
}

/** Failures of the door rather than of the way to it. */
const AT_THE_DOOR: readonly XapiFailure[] = ['credential-refused', 'breaker-open', 'unauthorised'];

/** Looks at several PBXs, as many at once as a sweep does, in their order. */
export function preflightAll(
  ctx: Pick<Ctx, 'db' | 'now' | 'sweepPolicy'>,
  pbxs: readonly Pbx[],
): Promise<readonly Preflight[]> {
  const limit = pLimit(ctx.sweepPolicy.concurrency);
  return Promise.all(pbxs.map((pbx) => limit(() => preflight(ctx, pbx))));
}

/**
 * Looks whether Plumbline can do its work on a PBX: reached, encrypted, let in, with which role and version, licence, audit
 * log, backup, clock, the PBX's own description, the settings. Reads only, each thing once and without retries; a PBX that
 * does not let Plumbline in is not asked for more. Never throws for what the PBX or the network does.
 */
async function preflight(ctx: Pick<Ctx, 'db' | 'now'>, pbx: Pbx): Promise<Preflight> {
  const door = await attempt(() => readDoor(pbx));
  const whole = (version: string | null, checks: readonly Check[]): Preflight => ({
    pbxId: pbx.id,
    at: timestamp(ctx),
    version,
    checks: [...checks, encryptionCheck(pbx.url, door instanceof XapiError ? door : null)],
  });
  if (door instanceof XapiError) return whole(door.version, doorChecks(door));
  const { version, date } = door;
  return whole(version, [
    { name: 'reachable', status: 'ok', says: 'It answers.', mend: null },
    { name: 'login', status: 'ok', says: 'It lets Plumbline in.', mend: null },
    await roleOf(pbx),
    versionCheck(version),
    clockCheck(date, ctx.now()),
    ...(await statusChecks(ctx, pbx)),
    await describedCheck(ctx, pbx, version),
    ...(await observedChecks(ctx, pbx)),
  ]);
}

function doorChecks({ failure, message }: XapiError): readonly Check[] {
  const reached: Check = { name: 'reachable', status: 'ok', says: 'It answers.', mend: null };
  if (AT_THE_DOOR.includes(failure)) {
    return [reached, { name: 'login', status: 'failed', says: message, mend: null }];
  }
  if (failure === 'forbidden') {
    return [reached, { name: 'role', status: 'failed', says: message, mend: null }];
  }
  if (failure === 'untrusted') return [reached];
  return [{ name: 'reachable', status: 'failed', says: message, mend: null }];
}

async function roleOf(pbx: Pbx): Promise<Check> {
  const claims = await attempt(() => pbx.xapi.claims());
  return claims instanceof XapiError ? unknown('role', claims) : roleCheck(claims);
}

async function statusChecks({ now }: Pick<Ctx, 'now'>, pbx: Pbx): Promise<readonly Check[]> {
  const status = await attempt(() => readSystemStatus(pbx.xapi));
  if (status instanceof XapiError) {
    const names: readonly CheckName[] = ['licence', 'audit-log', 'backup', 'services'];
    return names.map((name) => unknown(name, status));
  }
  const licence = await attempt(() => readLicence(pbx.xapi));
  return [
    licenceCheck(status, licence instanceof XapiError ? null : licence, now()),
    auditLogCheck(status),
    backupCheck(status, now()),
    servicesCheck(status),
  ];
}

async function describedCheck(
  ctx: Pick<Ctx, 'db' | 'now'>,
  pbx: Pbx,
  version: string | null,
): Promise<Check> {
  const says = 'It describes which settings it has.';
  if (version === null) {
    return {
      name: 'description',
      status: 'warning',
      says: 'Which settings it has is not known as long as it hides its version.',
      mend: null,
    };
  }
  const learnt = await attempt(() => learnDescription(ctx, pbx, version));
  if (!(learnt instanceof XapiError)) return { name: 'description', status: 'ok', says, mend: null };
  return {
    name: 'description',
    status: 'warning',
    says: learnt.message,
    mend: 'Which settings it has is told by its version alone; let /xapi/v1/swagger.yaml through if a proxy holds it back.',
  };
}

async function observedChecks(ctx: Pick<Ctx, 'db' | 'now'>, pbx: Pbx): Promise<readonly Check[]> {
  const observation = await observe(ctx, pbx);
  return [settingsCheck(observation), viewCheck(observation)];
}

function unknown(name: CheckName, { message }: XapiError): Check {
  return { name, status: 'unknown', says: message, mend: null };
}

async function attempt<T>(work: () => Promise<T>): Promise<T | XapiError> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof XapiError) return error;
    throw error;
  }
}

import { timeWords } from '../settings/time-words.js';
import { isAtLeast } from '../settings/version.js';
import type { XapiError } from '../xapi/errors.js';
import type { Licence, SystemStatus } from '../xapi/system-status.js';
import type { Observation } from './observation.js';

export type CheckStatus = 'ok' | 'warning' | 'failed' | 'unknown';

export type CheckName =
  | 'reachable'
  | 'encryption'
  | 'login'
  | 'role'
  | 'version'
  | 'clock'
  | 'licence'
  | 'audit-log'
  | 'backup'
  | 'services'
  | 'description'
  | 'settings'
  | 'view';

/** One thing that was looked at: what was found and, where it is not well, what to do, as whole sentences. */
export interface Check {
  readonly name: CheckName;
  readonly status: CheckStatus;
  readonly says: string;
  readonly mend: string | null;
}

/** What people read the checks under. */
export const CHECK_LABELS: Readonly<Record<CheckName, string>> = {
  reachable: 'Reachable',
  encryption: 'Encryption',
  login: 'Login',
  role: 'Role',
  version: 'Version',
  clock: 'Clock',
  licence: 'Licence',
  'audit-log': 'Audit log',
  backup: 'Backup',
  services: 'Services',
  description: 'Own description',
  settings: 'Settings',
  view: 'Address',
};

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const CLOCK_MOST_MS = 2 * MINUTE_MS;
const BACKUP_MOST_MS = 7 * DAY_MS;
const LICENCE_SOON_MS = 30 * DAY_MS;
/** 3CX docs: the Configuration API came with version 20. */
const FIRST_VERSION = '20.0';

/** A credential that anybody on the way can read is nobody's. `door` is how the first request failed, if it did. */
export function encryptionCheck(url: string, door: XapiError | null): Check {
  if (url.toLowerCase().startsWith('https:')) {
    if (door?.failure === 'untrusted') {
      return { name: 'encryption', status: 'failed', says: door.message, mend: null };
    }
    if (door === null || door.status !== null) {
      return ok('encryption', 'The connection is encrypted, and the certificate is verified.');
    }
    const says = 'Its certificate was not seen this time.';
    return { name: 'encryption', status: 'unknown', says, mend: null };
  }
  return warning(
    'encryption',
    'The connection is not encrypted: anybody on the way can read the credential.',
    'Give the PBX an https:// address in plumbline.yml, with ca for a certificate of your own.',
  );
}

/** `MaxRole` of the token (facts: owners have full rights, admins none to reports). */
export function roleCheck(claims: Readonly<Record<string, unknown>>): Check {
  const role = claims['MaxRole'];
  const mend = 'Give the API client the role System Owner under Admin > Integrations > API.';
  if (typeof role !== 'string') {
    return { name: 'role', status: 'unknown', says: 'The token does not tell its role.', mend: null };
  }
  if (role === 'system_owners') return ok('role', 'The API client is a System Owner.');
  if (role !== 'system_admins') {
    return {
      name: 'role',
      status: 'failed',
      says: `The role ${role} may not change these settings.`,
      mend,
    };
  }
  const says = 'The API client is a System Admin: who changed something cannot be read from the audit log.';
  return warning('role', says, mend);
}

export function versionCheck(version: string | null): Check {
  if (version === null) {
    const says = 'The PBX does not tell its version.';
    const mend = 'Let the header X-3CX-Version through if a proxy stands before it.';
    return warning('version', says, mend);
  }
  if (isAtLeast(version, FIRST_VERSION)) return ok('version', `3CX ${version}.`);
  return {
    name: 'version',
    status: 'failed',
    says: `3CX ${version} has no Configuration API.`,
    mend: 'Update the PBX to version 20.',
  };
}

/** Compares the `Date` of an answer, which counts whole seconds, with Plumbline's own time. */
export function clockCheck(date: Date | null, now: Date): Check {
  if (date === null)
    return { name: 'clock', status: 'unknown', says: 'It does not tell its time.', mend: null };
  const apartMs = Math.abs(date.getTime() - now.getTime());
  if (apartMs <= CLOCK_MOST_MS) return ok('clock', 'Its clock agrees with this machine’s.');
  const direction = date > now ? 'ahead of' : 'behind';
  return warning(
    'clock',
    `Its clock is ${durationWords(apartMs)} ${direction} this machine’s: who changed something may not be found.`,
    'Let both take their time from NTP.',
  );
}

export function licenceCheck(status: SystemStatus, licence: Licence | null, now: Date): Check {
  const { isLicenceActive, licenceEndsAt, maintenanceEndsAt } = status;
  const name = 'licence';
  if (isLicenceActive === false || isBefore(licenceEndsAt, now)) {
    const says =
      licenceEndsAt === null ? 'Its licence is not active.' : `Its licence ended on ${dayOf(licenceEndsAt)}.`;
    return { name, status: 'failed', says, mend: 'Renew it: without a licence the API may refuse all.' };
  }
  if (licence?.isEnterprise === false) {
    const says = 'Its licence is not Enterprise, which 3CX asks for to use the API.';
    return warning(name, says, 'Expect refusals, or upgrade the licence.');
  }
  if (licence?.isBrandingEnabled === false) {
    const says = 'Its licence does not cover branding: it may refuse logo, main image and link.';
    return warning(name, says, 'Leave those out of its baseline, or upgrade the licence.');
  }
  if (isBefore(licenceEndsAt, new Date(now.getTime() + LICENCE_SOON_MS))) {
    return warning(name, `Its licence ends on ${dayOf(licenceEndsAt)}.`, 'Renew it in time.');
  }
  if (isBefore(maintenanceEndsAt, now)) {
    const says = `Its maintenance ended on ${dayOf(maintenanceEndsAt)}: it gets no updates.`;
    return warning(name, says, 'Renew the maintenance.');
  }
  if (isLicenceActive === null) return { name, status: 'unknown', says: 'It does not say.', mend: null };
  const until = licenceEndsAt === null ? '' : ` until ${dayOf(licenceEndsAt)}`;
  return ok(name, `Its licence is active${until}.`);
}

export function auditLogCheck({ isAuditLogOn }: SystemStatus): Check {
  if (isAuditLogOn === null)
    return { name: 'audit-log', status: 'unknown', says: 'It does not say.', mend: null };
  if (isAuditLogOn) return ok('audit-log', 'It keeps an audit log.');
  return warning(
    'audit-log',
    'It keeps no audit log: nobody can tell who changed something.',
    'Turn the audit log on in its admin console.',
  );
}

export function backupCheck({ lastBackupAt, isBackupScheduled }: SystemStatus, now: Date): Check {
  const mend = 'Schedule backups under Admin > Backup, and make one before a large change.';
  if (lastBackupAt === null) return warning('backup', 'It tells of no backup.', mend);
  const when = timeWords(lastBackupAt);
  if (now.getTime() - Date.parse(lastBackupAt) > BACKUP_MOST_MS) {
    return warning('backup', `Its last backup is of ${when}, more than a week ago.`, mend);
  }
  if (isBackupScheduled === false) {
    return warning('backup', `Its last backup is of ${when}, and none is scheduled.`, mend);
  }
  return ok('backup', `Its last backup is of ${when}.`);
}

export function servicesCheck({ hasStoppedServices, isInMaintenance }: SystemStatus): Check {
  if (isInMaintenance === true) {
    const says = 'Its database is under maintenance right now: a change may fail.';
    return warning('services', says, 'Wait until that is over.');
  }
  if (hasStoppedServices === true) {
    const says = 'Some of its services do not run.';
    return warning('services', says, 'Look at the services in its admin console.');
  }
  if (hasStoppedServices === null)
    return { name: 'services', status: 'unknown', says: 'It does not say.', mend: null };
  return ok('services', 'All of its services run.');
}

/** Whether all settings that Plumbline knows could be read, or are known not to be there. */
export function settingsCheck({ readings }: Observation): Check {
  const all = Object.values(readings);
  const missing = all.filter(({ status }) => status === 'not-applicable').length;
  const unread = all.flatMap((reading) => (reading.status === 'unknown' ? [reading] : []));
  const counts = `${all.length - missing - unread.length} of ${all.length} settings can be read`;
  const absent = missing === 0 ? '' : `, ${missing} it does not have`;
  const [first] = unread;
  if (first === undefined) return ok('settings', `${counts}${absent}.`);
  return {
    name: 'settings',
    status: 'failed',
    says: `${counts}${absent}; ${unread.length} not: ${first.because.replace(/\.$/, '')}.`,
    mend: null,
  };
}

/** From where the PBX sees Plumbline: what its Console Restrictions have to let in. */
export function viewCheck({ properties }: Observation): Check {
  const restrictions = properties['ConsoleRestrictions'];
  const address = restrictions?.['MyIpAddress'];
  if (typeof address !== 'string' || address === '') {
    return {
      name: 'view',
      status: 'unknown',
      says: 'It does not tell from which address it sees Plumbline.',
      mend: null,
    };
  }
  const isShut = restrictions?.['AccessRestricted'] === true;
  const list = isShut
    ? 'its Console Restrictions let that in'
    : 'put that on its allow list before its Console Restrictions are turned on';
  return ok('view', `It sees Plumbline at ${address}; ${list}.`);
}

function ok(name: CheckName, says: string): Check {
  return { name, status: 'ok', says, mend: null };
}

function warning(name: CheckName, says: string, mend: string): Check {
  return { name, status: 'warning', says, mend };
}

function isBefore(at: string | null, time: Date): boolean {
  return at !== null && Date.parse(at) < time.getTime();
}

function dayOf(at: string | null): string {
  return (at ?? '').slice(0, 10);
}

function durationWords(ms: number): string {
  const minutes = Math.round(ms / MINUTE_MS);
  if (minutes < 120) return `${minutes} minutes`;
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `${hours} hours` : `${Math.round(hours / 24)} days`;
}

/** How a PBX does on the whole: as its worst check, where what is unknown counts as a warning. */
export function verdictOf(checks: readonly Check[]): 'ok' | 'warning' | 'failed' {
  if (checks.some(({ status }) => status === 'failed')) return 'failed';
  return checks.every(({ status }) => status === 'ok') ? 'ok' : 'warning';
}

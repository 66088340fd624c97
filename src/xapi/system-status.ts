import { isRecord } from './body.js';
import type { Xapi } from './client.js';
import { XapiError } from './errors.js';

/** `Pbx.SystemStatus` as far as a preflight looks at it; null for what the PBX does not say. Times are ISO 8601. */
export interface SystemStatus {
  readonly isLicenceActive: boolean | null;
  readonly licenceEndsAt: string | null;
  readonly maintenanceEndsAt: string | null;
  readonly isAuditLogOn: boolean | null;
  readonly lastBackupAt: string | null;
  readonly isBackupScheduled: boolean | null;
  readonly hasStoppedServices: boolean | null;
  readonly isInMaintenance: boolean | null;
}

/** `Pbx.License` as far as a preflight looks at it; whether branding is licensed is told since 20.0.10. */
export interface Licence {
  readonly isEnterprise: boolean | null;
  readonly isBrandingEnabled: boolean | null;
}

const SELECTED = [
  'LicenseActive',
  'ExpirationDate',
  'MaintenanceExpiresAt',
  'IsAuditLogEnabled',
  'LastBackupDateTime',
  'BackupScheduled',
  'HasNotRunningServices',
  'DBMaintenanceInProgress',
];

/** How a PBX is, by itself. One try. Throws `XapiError`. */
export async function readSystemStatus(xapi: Xapi): Promise<SystemStatus> {
  const status = await readBriefly(xapi, '/SystemStatus', { $select: SELECTED.join(',') });
  return {
    isLicenceActive: flagIn(status, 'LicenseActive'),
    licenceEndsAt: timeIn(status, 'ExpirationDate'),
    maintenanceEndsAt: timeIn(status, 'MaintenanceExpiresAt'),
    isAuditLogOn: flagIn(status, 'IsAuditLogEnabled'),
    lastBackupAt: timeIn(status, 'LastBackupDateTime'),
    isBackupScheduled: flagIn(status, 'BackupScheduled'),
    hasStoppedServices: flagIn(status, 'HasNotRunningServices'),
    isInMaintenance: flagIn(status, 'DBMaintenanceInProgress'),
  };
}

/** What a PBX is licensed for. One try. Throws `XapiError`. */
export async function readLicence(xapi: Xapi): Promise<Licence> {
  const licence = await readBriefly(xapi, '/Defs/Pbx.GetLicenseParameters()', {});
  return {
    isEnterprise: flagIn(licence, 'IsEnterprise'),
    isBrandingEnabled: flagIn(licence, 'IsBrandingEnabled'),
  };
}

type Entity = Readonly<Record<string, unknown>>;

async function readBriefly(
  xapi: Xapi,
  path: string,
  query: Readonly<Record<string, string>>,
): Promise<Entity> {
  const { body, status } = await xapi.get(path, query, true);
  if (isRecord(body)) return body;
  throw new XapiError('unreadable', `The PBX answered ${path} with JSON of an unexpected form.`, { status });
}

function flagIn(entity: Entity, name: string): boolean | null {
  const value = entity[name];
  return typeof value === 'boolean' ? value : null;
}

/** .NET writes a time that never was as year 1. */
function timeIn(entity: Entity, name: string): string | null {
  const time = new Date(typeof entity[name] === 'string' ? entity[name] : '');
  return Number.isNaN(time.getTime()) || time.getUTCFullYear() < 2000 ? null : time.toISOString();
}

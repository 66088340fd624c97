import type { Stored } from './model.js';

const GIB = 1_073_741_824;
const HOUR_MS = 3_600_000;

/** `Pbx.SystemStatus` of a healthy PBX, without the version. */
export function systemStatus(fqdn: string, isAuditLogEnabled: boolean, now: Date): Stored {
  const year = now.getUTCFullYear() + 1;
  return {
    Id: 0,
    FQDN: fqdn,
    Activated: true,
    LicenseActive: true,
    LicenseKey: 'SIMU-LATE-DPBX-0000',
    ProductCode: '3CXPSPROFENTSPLA',
    ResellerName: 'Example Telecom',
    ExpirationDate: `${year}-01-31T00:00:00Z`,
    MaintenanceExpiresAt: `${year}-01-31T00:00:00Z`,
    MaxSimCalls: 16,
    MaxUserExtensions: 160,
    CallsActive: 0,
    ExtensionsRegistered: 12,
    ExtensionsTotal: 14,
    UserExtensions: 12,
    TrunksRegistered: 1,
    TrunksTotal: 1,
    OutboundRules: 2,
    HasNotRunningServices: false,
    HasUnregisteredSystemExtensions: false,
    IsAuditLogEnabled: isAuditLogEnabled,
    IsChatLogEnabled: true,
    IsRecordingArchiveEnabled: false,
    DBMaintenanceInProgress: false,
    AutoUpdateEnabled: true,
    BackupScheduled: true,
    LastBackupDateTime: new Date(now.getTime() - 6 * HOUR_MS).toISOString(),
    LastCheckForUpdates: new Date(now.getTime() - HOUR_MS).toISOString(),
    DiskUsage: 31,
    FreeDiskSpace: 69 * GIB,
    TotalDiskSpace: 100 * GIB,
    OS: 'Linux',
    Ip: '192.0.2.10',
    IpV4: '192.0.2.10',
    IpV6: null,
    RecordingQuotaReached: false,
    RecordingStopped: false,
    RemoteConfigurationRequired: false,
    RemoteStorageEnabled: false,
    Support: true,
    VoicemailQuotaReached: false,
    VoicemailStopped: false,
  };
}

/** `Pbx.License` of a PBX with everything that can be licensed. */
export function licence(): Record<string, unknown> {
  return {
    CountryCode: 'CY',
    IsBrandingEnabled: true,
    IsCfdEnabled: true,
    IsEnterprise: true,
    IsMaintainceExpired: false,
    IsProfessional: true,
    MaxSimCalls: 16,
    ProductCode: '3CXPSPROFENTSPLA',
  };
}

import { never } from '../../errors.js';
import type { Setting } from '../../settings/setting.js';
import type { Properties, Property, Stored } from './model.js';

/** A picture of one pixel, so that a fresh PBX has a brand to show. */
const PIXEL =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

/** What an office would have set; every other setting starts with its kind's plainest value. */
const HABITS: Readonly<Record<string, unknown>> = {
  AllowChangePassword: true,
  AllowBlockCalls: true,
  BrandUrl: 'https://www.example.com',
  BusyMonitor: true,
  BusyMonitorTimeout: 30,
  EnableChat: true,
  HDAutoLogoutTime: 'PT23H30M',
  HideSystemExtensions: true,
  NameOfCustomAvailableStatus: 'In a meeting',
  NameOfCustomOutOfOfficeStatus: 'Working from home',
  OperatorExtension: '100',
  PlayBusy: true,
  ScheduledReportGenerationTime: 'PT2H',
  'AutoSchedulerSettings.ProfileAvailable': 'Available',
  'AutoSchedulerSettings.ProfileAway': 'Away',
  'AutoSchedulerSettings.ProfileDND': 'Out of office',
};

/** The state of a freshly installed PBX: every property has a value. */
export function defaultsOf(properties: Properties): Stored {
  return Object.fromEntries([...properties].map(([name, property]) => [name, initialOf(property)]));
}

function initialOf(property: Property): unknown {
  if ('other' in property) return property.other.initial;
  return 'setting' in property ? defaultOf(property.setting) : defaultsOf(property.properties);
}

function defaultOf(setting: Setting): unknown {
  const habit = HABITS[setting.key];
  if (habit !== undefined) return habit;
  switch (setting.kind) {
    case 'flag':
      return false;
    case 'choice':
      return setting.options[0];
    case 'number':
      return Math.max(0, setting.min);
    case 'duration':
      return 'PT0S';
    case 'list':
      return [];
    case 'text':
      return '';
    case 'image':
      return PIXEL;
    default:
      return never(setting);
  }
}

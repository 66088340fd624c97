import type { Rule } from '../src/baseline/rules.js';
import type { Value } from '../src/settings/setting.js';

/** What is unusual in a fleet: nothing, values that drifted, or PBXs that do not answer. */
export type Kind = 'undrifted' | 'drifted' | 'dead';

/** One fleet that is swept. */
export interface FleetPlan {
  readonly size: number;
  readonly kind: Kind;
  /** How long every answer of a PBX takes. */
  readonly latencyMs: number;
}

/** Where a PBX answers, and what is wrong with it. */
export interface Place {
  readonly id: string;
  readonly url: string;
  readonly isDrifted: boolean;
  readonly isDead: boolean;
}

/** How many PBXs are asked at once, as by default. */
export const AT_ONCE = 16;
/** How long a PBX that never answers is waited for. */
export const TIMEOUT_MS = 2000;
export const CLIENT_ID = 'plumbline';
export const DRIFT = { resource: 'GeneralSettingsForApps', property: 'EnableChat', live: false } as const;

const UNUSUAL_SHARE = 0.05;
/** Settings of a freshly installed PBX that are held as they are. */
const HELD: Readonly<Record<string, Value>> = {
  AllowBlockCalls: true,
  AllowChangePassword: true,
  BrandUrl: 'https://www.example.com',
  EnableChat: true,
  BusyMonitor: true,
  BusyMonitorTimeout: 30,
  HideSystemExtensions: true,
  OperatorExtension: '100',
  PlayBusy: true,
};

/** Rules that every PBX of the fleet keeps, over the two resources in `RESOURCES`. */
export const RULES: readonly Rule[] = Object.entries(HELD).map(([key, value]) => ({
  key,
  value,
  mode: 'enforce',
  target: 'all',
}));

export const RESOURCES = ['GeneralSettingsForApps', 'GeneralSettingsForPbx'] as const;

/** The id of the nth PBX. */
export function idOf(nth: number): string {
  return `pbx-${String(nth).padStart(5, '0')}`;
}

export function secretOf(id: string): string {
  return `secret-${id}`;
}

/** Whether the nth PBX is one of the unusual ones, which are spread evenly. */
export function isUnusual(nth: number): boolean {
  return nth % Math.round(1 / UNUSUAL_SHARE) === 7;
}

/** How many of a fleet are. */
export function unusualOf(size: number): number {
  return Array.from({ length: size }, (_, nth) => nth).filter(isUnusual).length;
}

import type { Setting } from '../../settings/setting.js';

/** One setting, as the panel of a phone system draws it. */
export interface SettingFact {
  readonly key: string;
  readonly resource: string;
  readonly label: string;
  readonly kind: Setting['kind'];
  readonly accepts: string;
  readonly options: readonly string[];
}

/** What the page needs to know and cannot learn from the simulators. */
export interface Facts {
  readonly commands: readonly {
    readonly command: string;
    readonly description: string;
    readonly words: readonly string[];
  }[];
  readonly people: readonly { readonly id: string; readonly part: string }[];
  readonly pbxs: readonly { readonly id: string; readonly name: string; readonly tags: readonly string[] }[];
  readonly channels: { readonly general: string; readonly approvals: string; readonly reports: string };
  readonly settings: readonly SettingFact[];
}

/** What the clock shows, times in ISO 8601, UTC. */
export interface ClockFace {
  readonly now: string;
  readonly nextSweepAt: string | null;
}

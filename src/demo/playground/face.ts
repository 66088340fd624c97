import type { Setting, Value } from '../../settings/setting.js';

/** One setting, as the panel of a phone system draws it. */
export interface SettingFact {
  readonly key: string;
  readonly resource: string;
  readonly resourceLabel: string;
  readonly label: string;
  readonly kind: Setting['kind'];
  readonly accepts: string;
  readonly options: readonly string[];
}

/** What the page needs to know and cannot learn from the simulators. */
export interface Facts {
  /** Differs each time the playground is started: what happened in another run is gone. */
  readonly run: string;
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

/** What a phone system is held to for one setting right now. */
export interface HeldFact {
  readonly pbxId: string;
  readonly key: string;
  readonly value: Value;
  readonly mode: 'enforce' | 'ask' | 'report';
  /** Set while an exception suspends it; ISO 8601, UTC. */
  readonly exceptedUntil: string | null;
}

/** What came of trying a refused credential again, in words. */
export interface Reconnection {
  readonly isAnswering: boolean;
  readonly said: string;
}

/** What the clock shows, times in ISO 8601, UTC. */
export interface ClockFace {
  /** As in `Facts`, so that a page notices that the playground was started anew. */
  readonly run: string;
  readonly now: string;
  readonly nextSweepAt: string | null;
}

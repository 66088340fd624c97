import type { SettingFact } from '../../demo/playground/face.js';

/** What a control shows and how it saves. */
export interface EditorFacts {
  readonly id: string;
  readonly setting: SettingFact;
  readonly value: unknown;
  readonly isBusy: boolean;
  save(value: unknown): void;
}

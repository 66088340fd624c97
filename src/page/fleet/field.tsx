import { useId } from 'react';
import type { HeldFact, SettingFact } from '../../demo/playground/face.js';
import type { AuditRow } from '../../simulators/pbx/types.js';
import { changeByHand, useAct } from './acts.js';
import { authorOf } from './audit.js';
import { Editor } from './editor.js';
import { clockTime } from './times.js';
import { propertiesFor, standing, wordsFor } from './values.js';

export interface FieldFacts {
  readonly pbxId: string;
  readonly setting: SettingFact;
  readonly value: unknown;
  readonly held: HeldFact | undefined;
  readonly last: AuditRow | undefined;
  readonly isFresh: boolean;
}

/** One setting of a phone system: its value, to be edited as another admin would, and how it stands to the baseline. */
export function Field({ pbxId, setting, value, held, last, isFresh }: FieldFacts) {
  const id = useId();
  const act = useAct(
    (next: unknown) => changeByHand(pbxId, setting.resource, propertiesFor(setting.key, next)),
    'pbx',
  );
  return (
    <li
      className="setting"
      data-kind={setting.kind}
      data-fresh={isFresh}
      data-setting={`${pbxId} ${setting.key}`}
    >
      <div className="setting-name">
        <label htmlFor={id}>{setting.label}</label>
        <code>{setting.key}</code>
      </div>
      <div className="setting-value">
        <Editor id={id} setting={setting} value={value} isBusy={act.isBusy} save={act.run} />
      </div>
      <Notes setting={setting} value={value} held={held} last={last} />
      {act.trouble !== '' && (
        <p className="amiss" role="alert">
          {act.trouble}
        </p>
      )}
    </li>
  );
}

const MODES = {
  enforce: 'the next sweep corrects it',
  ask: 'corrected once approved',
  report: 'only reported',
} as const;

function Notes({ setting, value, held, last }: Pick<FieldFacts, 'setting' | 'value' | 'held' | 'last'>) {
  const stands = standing(setting, held, value);
  if (held === undefined && last === undefined) return null;
  return (
    <p className="setting-notes">
      {held !== undefined && (
        <span className="chip" data-stands={stands}>
          {stands === 'kept' && `✓ baseline: ${wordsFor(setting, held.value)}`}
          {stands === 'drifted' && `≠ baseline: ${wordsFor(setting, held.value)}, ${MODES[held.mode]}`}
          {stands === 'excepted' && `exception until ${held.exceptedUntil?.slice(0, 10) ?? ''}`}
        </span>
      )}
      {last !== undefined && (
        <span>
          by {authorOf(last)}, {clockTime(last.Timestamp)}
        </span>
      )}
    </p>
  );
}

import { useState } from 'react';
import type { SettingFact } from '../../demo/playground/face.js';
import type { AuditRow } from '../../simulators/pbx/types.js';
import { authorOf, changesIn, PLUMBLINE } from './audit.js';
import { clockTime, dayOf } from './times.js';
import { wordsFor } from './values.js';

const FIRST = 6;

/** The audit log of a phone system, newest first. */
export function AuditLog({
  rows,
  settings,
}: {
  readonly rows: readonly AuditRow[];
  readonly settings: readonly SettingFact[];
}) {
  const [isWhole, setWhole] = useState(false);
  const newest = rows.toReversed();
  return (
    <details className="part" open>
      <summary>
        Audit log <span className="tally">{rows.length}</span>
      </summary>
      {rows.length === 0 && <p className="nothing">Nobody has changed anything yet.</p>}
      <ol className="log">
        {(isWhole ? newest : newest.slice(0, FIRST)).map((row) => (
          <Row key={row.Id} row={row} settings={settings} />
        ))}
      </ol>
      {rows.length > FIRST && (
        <button type="button" className="quiet" onClick={() => setWhole(!isWhole)}>
          {isWhole ? 'Show the newest only' : `Show all ${rows.length}`}
        </button>
      )}
    </details>
  );
}

function Row({ row, settings }: { readonly row: AuditRow; readonly settings: readonly SettingFact[] }) {
  return (
    <li data-by={row.UserName === PLUMBLINE ? 'plumbline' : 'person'}>
      <p className="log-by">
        <strong>{authorOf(row)}</strong>{' '}
        <time dateTime={row.Timestamp}>
          {dayOf(row.Timestamp)} {clockTime(row.Timestamp)}
        </time>
      </p>
      {changesIn(row, settings).map(({ setting, before, after }) => (
        <p key={setting.key} className="log-change">
          {setting.label} <s>{wordsFor(setting, before)}</s> <span aria-hidden="true">→</span>{' '}
          <span className="unseen">became</span> <b>{wordsFor(setting, after)}</b>
        </p>
      ))}
    </li>
  );
}

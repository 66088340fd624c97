import { useMemo, useState } from 'react';
import type { HeldFact, SettingFact } from '../../demo/playground/face.js';
import type { PbxState } from '../frame/world.js';
import { lastChanges } from './audit.js';
import { Field } from './field.js';
import { valueIn } from './values.js';

/** Always among the settings in use, because the tour speaks of them. */
const ALWAYS = ['EnableChat', 'AvatarStyle', 'HideCRMContacts'];

export interface SettingsFacts {
  readonly pbx: PbxState;
  readonly settings: readonly SettingFact[];
  readonly held: readonly HeldFact[];
  readonly fresh: ReadonlySet<string>;
}

/** The settings of a phone system: first those that are held or were changed, then all of them, to be searched. */
export function Settings({ pbx, settings, held, fresh }: SettingsFacts) {
  const last = useMemo(() => lastChanges(pbx.auditLog, settings), [pbx.auditLog, settings]);
  const present = settings.filter(({ resource, key }) => valueIn(pbx.resources[resource], key) !== undefined);
  const isFirst = ({ key }: SettingFact): boolean =>
    ALWAYS.includes(key) || held.some((one) => one.key === key);
  const row = (setting: SettingFact) => (
    <Field
      key={setting.key}
      pbxId={pbx.id}
      setting={setting}
      value={valueIn(pbx.resources[setting.resource], setting.key)}
      held={held.find(({ key }) => key === setting.key)}
      last={last.get(setting.key)}
      isFresh={fresh.has(setting.key)}
    />
  );
  return (
    <>
      <h4>Settings in use</h4>
      <ul className="settings">
        {present.filter(isFirst).map(row)}
        {present.filter((setting) => !isFirst(setting) && last.has(setting.key)).map(row)}
      </ul>
      <All pbxId={pbx.id} settings={present} row={row} />
    </>
  );
}

interface AllFacts {
  readonly pbxId: string;
  readonly settings: readonly SettingFact[];
  row(setting: SettingFact): React.ReactNode;
}

/** All of them, those in use too: one that is being edited must not go elsewhere while it is saved. */
function All({ pbxId, settings, row }: AllFacts) {
  const [wanted, setWanted] = useState('');
  const words = wanted.trim().toLowerCase();
  const found = settings.filter(({ key, label }) => `${key} ${label}`.toLowerCase().includes(words));
  const groups = [...new Set(found.map(({ resourceLabel }) => resourceLabel))];
  return (
    <details className="part">
      <summary>
        All settings <span className="tally">{settings.length}</span>
      </summary>
      <input
        type="search"
        aria-label={`Find a setting of ${pbxId}`}
        placeholder="Find a setting"
        value={wanted}
        onChange={({ currentTarget }) => setWanted(currentTarget.value)}
      />
      {groups.map((group) => (
        <section key={group}>
          <h5>{group}</h5>
          <ul className="settings">
            {found.filter(({ resourceLabel }) => resourceLabel === group).map(row)}
          </ul>
        </section>
      ))}
      {found.length === 0 && <p className="nothing">No setting is called that.</p>}
    </details>
  );
}

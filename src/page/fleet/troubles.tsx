import { useId } from 'react';
import type { SettingFact } from '../../demo/playground/face.js';
import type { Fault } from '../../simulators/pbx/types.js';
import type { PbxState } from '../frame/world.js';
import { useAct } from './acts.js';
import { isFault, switchFault, switchInsistence, TROUBLES } from './faults.js';
import { Reconnect } from './reconnect.js';

/** What can go wrong with a phone system, as switches. */
export function Troubles({
  pbx,
  settings,
}: {
  readonly pbx: PbxState;
  readonly settings: readonly SettingFact[];
}) {
  const fault = useAct(
    ({ what, isOn }: { what: Fault; isOn: boolean }) => switchFault(pbx, what, isOn),
    'pbx',
  );
  const insist = useAct((isOn: boolean) => switchInsistence(pbx, settings, isOn), 'pbx');
  const isOn = (what: Fault): boolean => pbx.faults.some((one) => isFault(one, what));
  const count = TROUBLES.filter((one) => isOn(one.fault)).length + (pbx.insistences > 0 ? 1 : 0);
  const isBusy = fault.isBusy || insist.isBusy;
  const trouble = fault.trouble || insist.trouble;
  return (
    <details className="part">
      <summary>What can go wrong {count > 0 && <span className="tally bad">{count} on</span>}</summary>
      <ul className="troubles">
        {TROUBLES.map((one) => (
          <Switch
            key={one.label}
            label={one.label}
            says={one.says}
            isOn={isOn(one.fault)}
            isBusy={isBusy}
            onChange={(next) => fault.run({ what: one.fault, isOn: next })}
          >
            {one.fault.on === 'token' && <Reconnect pbxId={pbx.id} />}
          </Switch>
        ))}
        <Switch
          label="Somebody puts everything back"
          says="Another admin keeps the values of now: whatever Plumbline writes is put back right after it was read back."
          isOn={pbx.insistences > 0}
          isBusy={isBusy}
          onChange={insist.run}
        />
      </ul>
      {trouble !== '' && (
        <p className="amiss" role="alert">
          {trouble}
        </p>
      )}
    </details>
  );
}

interface SwitchFacts {
  readonly label: string;
  readonly says: string;
  readonly isOn: boolean;
  readonly isBusy: boolean;
  readonly children?: React.ReactNode;
  onChange(isOn: boolean): void;
}

function Switch({ label, says, isOn, isBusy, children, onChange }: SwitchFacts) {
  const id = useId();
  return (
    <li data-on={isOn}>
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        type="checkbox"
        role="switch"
        className="switch"
        checked={isOn}
        aria-busy={isBusy}
        aria-describedby={`${id}-says`}
        onChange={({ currentTarget }) => !isBusy && onChange(currentTarget.checked)}
      />
      <p id={`${id}-says`}>{says}</p>
      {children}
    </li>
  );
}

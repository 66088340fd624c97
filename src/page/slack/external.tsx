import { use, useState } from 'react';
import { type Fields, visibleText } from '../../simulators/slack/json.js';
import { ask } from '../frame/api.js';
import { PersonContext } from './acting.js';
import { type Control, labelled } from './control.js';

/** A menu whose options the app looks up while the person types. */
export function External(control: Control) {
  const person = use(PersonContext);
  const { id, element, onChange, onLeave } = control;
  const [options, setOptions] = useState<readonly Fields[]>([]);
  const look = async (query: string): Promise<void> => {
    const body = { field: element['action_id'], query };
    const found = await ask<{ readonly options: readonly Fields[] }>(`/slack/people/${person}/suggest`, body);
    setOptions(found.options);
  };
  return (
    <>
      <input
        {...labelled(control)}
        list={`${id}-options`}
        placeholder={visibleText(element['placeholder'])}
        onChange={({ target }) => {
          void look(target.value).catch(() => undefined);
          onChange(target.value);
        }}
        onBlur={onLeave}
      />
      <datalist id={`${id}-options`}>
        {options.map((option) => (
          <option key={String(option['value'])} value={visibleText(option['text'])} />
        ))}
      </datalist>
    </>
  );
}

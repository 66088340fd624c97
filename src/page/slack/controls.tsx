import type { ReactNode } from 'react';
import { type Fields, fieldsIn, fieldsOf, stringOf, visibleText } from '../../simulators/slack/json.js';
import { type Control, labelled } from './control.js';
import { External } from './external.js';
import { FileControl } from './file-control.js';
import { OptionList } from './options.js';

const TYPES: Readonly<Record<string, string>> = {
  number_input: 'number',
  email_text_input: 'email',
  url_text_input: 'url',
  datepicker: 'date',
  timepicker: 'time',
  datetimepicker: 'datetime-local',
};

/** Draws an input element with the browser's own controls, which keyboards and screen readers know. */
export function controlFor(type: string, control: Control): ReactNode {
  if (type === 'checkboxes' || type === 'radio_buttons') return <Ticks {...control} />;
  if (type === 'file_input') return <FileControl {...control} />;
  if (type.endsWith('external_select')) return <External {...control} />;
  if (type.endsWith('_select')) return <Select {...control} />;
  if (type === 'plain_text_input' && control.element['multiline'] === true) return <Long {...control} />;
  if (type === 'rich_text_input') return <Long {...control} />;
  return <Line {...control} type={TYPES[type] ?? 'text'} />;
}

function Line({ type, ...control }: Control & { readonly type: string }) {
  const { element, entry, onChange, onLeave } = control;
  const isTime = type === 'datetime-local';
  return (
    <input
      {...labelled(control)}
      type={type}
      defaultValue={isTime ? localOf(entry['selected_date_time']) : textOf(entry)}
      placeholder={visibleText(element['placeholder'])}
      maxLength={Number(element['max_length'] ?? 3000)}
      {...(type === 'number' && element['is_decimal_allowed'] === true ? { step: 'any' } : {})}
      onChange={({ target }) => onChange(isTime ? secondsOf(target.value) : target.value)}
      onBlur={onLeave}
    />
  );
}

function Long(control: Control) {
  const { element, entry, onChange, onLeave } = control;
  const text = textOf(entry);
  return (
    <textarea
      {...labelled(control)}
      rows={Math.min(10, Math.max(3, text.split('\n').length + 1))}
      defaultValue={text}
      placeholder={visibleText(element['placeholder'])}
      maxLength={Number(element['max_length'] ?? 3000)}
      onChange={({ target }) => onChange(target.value)}
      onBlur={onLeave}
    />
  );
}

function Select(control: Control) {
  const { element, entry, onChange, onLeave } = control;
  const isMany = String(element['type']).startsWith('multi_');
  return (
    <select
      {...labelled(control)}
      multiple={isMany}
      defaultValue={isMany ? [...chosenIn(entry)] : (chosenIn(entry)[0] ?? '')}
      onChange={({ target }) => {
        onChange(isMany ? [...target.selectedOptions].map(({ value }) => value) : target.value);
        onLeave();
      }}
    >
      {isMany ? null : <option value="">{visibleText(element['placeholder']) || 'Choose…'}</option>}
      <OptionList element={element} />
    </select>
  );
}

function Ticks(control: Control) {
  const { id, element, entry, describedBy, onChange, onLeave } = control;
  const isMany = element['type'] === 'checkboxes';
  const chosen = chosenIn(entry);
  return (
    <div
      className="ticks"
      role={isMany ? 'group' : 'radiogroup'}
      aria-labelledby={`${id}-label`}
      aria-describedby={describedBy}
    >
      {fieldsIn(element['options']).map((option) => {
        const value = String(option['value']);
        return (
          <label key={value}>
            <input
              type={isMany ? 'checkbox' : 'radio'}
              name={id}
              value={value}
              defaultChecked={chosen.includes(value)}
              onChange={({ target }) => {
                onChange(isMany ? ticked(target.closest('.ticks')) : value);
                onLeave();
              }}
            />
            <span>
              {visibleText(option['text'])}
              {option['description'] === undefined ? null : (
                <small>{visibleText(option['description'])}</small>
              )}
            </span>
          </label>
        );
      })}
    </div>
  );
}

function ticked(group: Element | null): readonly string[] {
  const inputs = [...(group?.querySelectorAll('input') ?? [])];
  return inputs.filter(({ checked }) => checked).map(({ value }) => value);
}

/** The text or date of an entry. */
function textOf(entry: Fields): string {
  const rich = fieldsOf(entry['rich_text_value']);
  const runs = fieldsIn(rich['elements']).flatMap((part) => fieldsIn(part['elements']));
  if (runs.length > 0) return runs.map(visibleText).join('');
  return (
    stringOf(entry['value']) ?? stringOf(entry['selected_date']) ?? stringOf(entry['selected_time']) ?? ''
  );
}

/** The values chosen in an entry, of options, people or channels. */
function chosenIn(entry: Fields): readonly string[] {
  const { type: _type, ...slots } = entry;
  return Object.values(slots)
    .flat()
    .flatMap((one) => stringOf(one) ?? stringOf(fieldsOf(one)['value']) ?? []);
}

function secondsOf(local: string): string {
  return local === '' ? '' : String(Date.parse(`${local}Z`) / 1000);
}

function localOf(seconds: unknown): string {
  return typeof seconds === 'number' ? new Date(seconds * 1000).toISOString().slice(0, 16) : '';
}

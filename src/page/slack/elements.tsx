import { type ReactNode, useState } from 'react';
import {
  type Fields,
  fieldsIn,
  fieldsOf,
  isFields,
  stringOf,
  visibleText,
} from '../../simulators/slack/json.js';
import { UNANSWERED, useActing, type Where } from './acting.js';
import { Confirm } from './confirm.js';
import { OptionList } from './options.js';

interface ElementProps {
  readonly element: Fields;
  readonly where: Where;
  /** What was chosen in it before, as Slack keeps it. */
  readonly chosen?: Fields | undefined;
}

/** Something to press outside of a form's inputs: a button, a menu, tick boxes. */
export function Element({ element, where, chosen }: ElementProps) {
  const acting = useActing();
  const [asked, setAsked] = useState<{ readonly choice: string | undefined } | null>(null);
  const [isBusy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState('');
  const act = async (choice: string | undefined): Promise<void> => {
    setBusy(true);
    setTrouble('');
    try {
      const { error } = await acting.press(where, String(element['action_id']), choice);
      if (error !== undefined) setTrouble(UNANSWERED[error] ?? error);
    } catch (error) {
      setTrouble(error instanceof Error ? error.message : String(error));
    } finally {
      setBusy(false);
    }
  };
  const press = (choice?: string): void => {
    if (isFields(element['confirm'])) setAsked({ choice });
    else void act(choice);
  };
  return (
    <>
      {drawn({ element, chosen, isBusy, press })}
      {trouble === '' ? null : (
        <span className="trouble" role="alert">
          {trouble}
        </span>
      )}
      {asked === null ? null : (
        <Confirm
          confirm={fieldsOf(element['confirm'])}
          onDeny={() => setAsked(null)}
          onConfirm={() => {
            setAsked(null);
            void act(asked.choice);
          }}
        />
      )}
    </>
  );
}

interface Drawing {
  readonly element: Fields;
  readonly chosen: Fields | undefined;
  readonly isBusy: boolean;
  press(choice?: string): void;
}

function drawn({ element, chosen, isBusy, press }: Drawing): ReactNode {
  const type = String(element['type']);
  if (type === 'button' || type === 'workflow_button' || type === 'icon_button') {
    return <Button element={element} isBusy={isBusy} onPress={() => press(stringOf(element['value']))} />;
  }
  if (type.endsWith('picker'))
    return <Picker element={element} chosen={chosen} isBusy={isBusy} onPress={press} />;
  if (type === 'checkboxes' || type === 'radio_buttons') {
    return <Ticks element={element} chosen={chosen} isBusy={isBusy} onPress={press} />;
  }
  return <Menu element={element} chosen={chosen} isBusy={isBusy} onPress={press} />;
}

interface ButtonProps {
  readonly element: Fields;
  readonly isBusy: boolean;
  onPress(): void;
}

function Button({ element, isBusy, onPress }: ButtonProps) {
  const label = stringOf(element['accessibility_label']);
  const url = stringOf(element['url']);
  return (
    <button
      type="button"
      className={stringOf(element['style'])}
      disabled={isBusy}
      {...(label === undefined ? {} : { 'aria-label': label })}
      onClick={() => {
        if (url !== undefined) window.open(url, '_blank', 'noopener');
        onPress();
      }}
    >
      {visibleText(element['text'])}
    </button>
  );
}

interface ChoiceProps {
  readonly element: Fields;
  readonly chosen: Fields | undefined;
  readonly isBusy: boolean;
  onPress(choice: string): void;
}

/** A menu falls back to its placeholder, as Slack's overflow menus and menus without a choice do. */
function Menu({ element, chosen, isBusy, onPress }: ChoiceProps) {
  const isOverflow = element['type'] === 'overflow';
  const placeholder = isOverflow ? '⋯' : visibleText(element['placeholder']);
  const option = fieldsOf(chosen?.['selected_option'] ?? element['initial_option']);
  return (
    <select
      className="menu"
      aria-label={isOverflow ? 'More actions' : placeholder || 'Choose'}
      disabled={isBusy}
      value={stringOf(option['value']) ?? ''}
      onChange={({ target }) => onPress(target.value)}
    >
      <option value="" disabled>
        {placeholder}
      </option>
      <OptionList element={element} />
    </select>
  );
}

function Ticks({ element, chosen, isBusy, onPress }: ChoiceProps) {
  const isMany = element['type'] === 'checkboxes';
  const ticked = isMany
    ? fieldsIn(chosen?.['selected_options'] ?? element['initial_options'])
    : [fieldsOf(chosen?.['selected_option'] ?? element['initial_option'])];
  const values = ticked.map(({ value }) => value);
  return (
    <fieldset className="ticks" disabled={isBusy}>
      {fieldsIn(element['options']).map((option) => (
        <label key={String(option['value'])}>
          <input
            type={isMany ? 'checkbox' : 'radio'}
            checked={values.includes(option['value'])}
            onChange={() => onPress(String(option['value']))}
          />
          {visibleText(option['text'])}
        </label>
      ))}
    </fieldset>
  );
}

/** A date or a time is told to the app as soon as it is whole. */
function Picker({ element, chosen, isBusy, onPress }: ChoiceProps) {
  const isDate = element['type'] === 'datepicker';
  const [slot, initial] = isDate ? ['selected_date', 'initial_date'] : ['selected_time', 'initial_time'];
  return (
    <input
      className="menu"
      type={isDate ? 'date' : 'time'}
      aria-label={visibleText(element['placeholder']) || (isDate ? 'Date' : 'Time')}
      disabled={isBusy}
      defaultValue={stringOf(chosen?.[slot] ?? element[initial]) ?? ''}
      onChange={({ target }) => {
        if (target.value !== '') onPress(target.value);
      }}
    />
  );
}

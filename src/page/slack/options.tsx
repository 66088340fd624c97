import { use } from 'react';
import { type Fields, fieldsIn, visibleText } from '../../simulators/slack/json.js';
import { LookContext } from './look.js';

/** What a menu offers: its own options, in groups where it has some, or the people or channels of the workspace. */
export function OptionList({ element }: { readonly element: Fields }) {
  const { users, channels } = use(LookContext);
  const type = String(element['type']);
  if (type.endsWith('users_select'))
    return users.map(({ id, name }) => <Choice key={id} value={id} text={`@${name}`} />);
  if (type.endsWith('channels_select') || type.endsWith('conversations_select')) {
    return channels.map(({ id, name }) => <Choice key={id} value={id} text={`#${name}`} />);
  }
  return (
    <>
      {fieldsIn(element['options']).map(choiceOf)}
      {fieldsIn(element['option_groups']).map((group) => (
        <optgroup key={visibleText(group['label'])} label={visibleText(group['label'])}>
          {fieldsIn(group['options']).map(choiceOf)}
        </optgroup>
      ))}
    </>
  );
}

function choiceOf(option: Fields) {
  const value = String(option['value']);
  return <Choice key={value} value={value} text={visibleText(option['text'])} />;
}

function Choice({ value, text }: { readonly value: string; readonly text: string }) {
  return <option value={value}>{text}</option>;
}

import { useFacts } from '../frame/live.js';
import type { SlackState } from '../frame/world.js';
import { Avatar } from './avatar.js';

interface SwitcherProps {
  readonly slack: SlackState;
  readonly person: string;
  onChoose(person: string): void;
}

/** Chooses whose eyes and hands the page lends. */
export function Switcher({ slack, person, onChoose }: SwitcherProps) {
  const facts = useFacts();
  const part = facts?.people.find(({ id }) => id === person)?.part;
  return (
    <div className="switcher">
      <Avatar slack={slack} id={person} />
      <label>
        <span className="unseen">You are</span>
        <select value={person} onChange={({ target }) => onChoose(target.value)}>
          {slack.people.map(({ id, realName, name }) => (
            <option key={id} value={id}>
              {realName ?? name}
            </option>
          ))}
        </select>
      </label>
      <small>{part}</small>
    </div>
  );
}

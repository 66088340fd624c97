import type { Place } from '../frame/place.js';
import type { SlackState } from '../frame/world.js';
import { directRoom, type Sight } from './messages.js';
import { Switcher } from './switcher.js';

interface SidebarProps {
  readonly slack: SlackState;
  readonly sight: Sight;
  readonly place: Place;
  /** When the person last looked into a room, as a message's ts. */
  readonly seen: Readonly<Record<string, string>>;
  go(to: Partial<Place>): void;
}

/** The rooms of the workspace, with what is new in them, and who is played. */
export function Sidebar({ slack, sight, place, seen, go }: SidebarProps) {
  const rooms = [
    ...sight.channels.map(({ id, name, isPrivate }) => ({ id, name: `${isPrivate ? '🔒' : '#'} ${name}` })),
    { id: directRoom(sight, place.person), name: '✉ Plumbline' },
  ];
  return (
    <nav className="sidebar" aria-label="Channels">
      <Switcher slack={slack} person={place.person} onChoose={(person) => go({ person, room: place.room })} />
      <ul>
        <li>
          <button type="button" aria-current={place.room === 'home'} onClick={() => go({ room: 'home' })}>
            ⌂ Home tab
          </button>
        </li>
        {rooms.map(({ id, name }) => {
          const count = sight.unread(id, seen[id] ?? '0');
          return (
            <li key={id}>
              <button
                type="button"
                aria-current={place.room === id}
                data-unread={count > 0}
                onClick={() => go({ room: id })}
              >
                {name}
                {count > 0 ? (
                  <span className="count">
                    {count}
                    <span className="unseen"> new</span>
                  </span>
                ) : null}
              </button>
            </li>
          );
        })}
      </ul>
    </nav>
  );
}

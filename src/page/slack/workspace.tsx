import { useEffect } from 'react';
import { useSlack } from '../frame/live.js';
import { useMemory } from '../frame/memory.js';
import { type Place, usePlace } from '../frame/place.js';
import type { Theme } from '../frame/theme.js';
import type { SlackState } from '../frame/world.js';
import { PersonContext } from './acting.js';
import { Composer } from './composer.js';
import { Home } from './home.js';
import { LookContext, lookOf } from './look.js';
import { directRoom, type Sight, sightOf } from './messages.js';
import { Modal } from './modal.js';
import { Room } from './room.js';
import { Sidebar } from './sidebar.js';

/** A workspace as one of its people sees it. */
export function Workspace({ theme }: { readonly theme: Theme }) {
  const slack = useSlack();
  const [place, go] = usePlace();
  if (slack === undefined) return <p className="hint">The workspace is opened…</p>;
  const person = slack.people.find(({ id }) => id === place.person) ?? slack.people[0];
  if (person === undefined) return null;
  const modal = person.modals.at(-1);
  return (
    <LookContext value={lookOf(slack, theme)}>
      <PersonContext value={person.id}>
        <Inside slack={slack} place={{ ...place, person: person.id }} go={go} />
        {modal === undefined ? null : <Modal key={modal.id} view={modal} depth={person.modals.length} />}
      </PersonContext>
    </LookContext>
  );
}

interface InsideProps {
  readonly slack: SlackState;
  readonly place: Place;
  go(to: Partial<Place>): void;
}

function Inside({ slack, place, go }: InsideProps) {
  const sight = sightOf(slack, place.person);
  const direct = directRoom(sight, place.person);
  const known = [...sight.channels.map(({ id }) => id), direct, 'home'];
  const room = known.includes(place.room)
    ? place.room
    : place.room.startsWith('D')
      ? direct
      : (known[0] ?? 'home');
  const seen = useSeen(place.person, room, sight);
  const here = { ...place, room };
  return (
    <div className="workspace" data-thread={place.thread !== ''}>
      <Sidebar slack={slack} sight={sight} place={here} seen={seen} go={go} />
      {room === 'home' ? (
        <Home key={place.person} person={slack.people.find(({ id }) => id === place.person)} />
      ) : (
        <Talk slack={slack} sight={sight} place={here} go={go} />
      )}
    </div>
  );
}

function Talk({ slack, sight, place, go }: InsideProps & { readonly sight: Sight }) {
  const { room, thread, person } = place;
  const channel = slack.channels.find(({ id }) => id === room && id !== sight.direct?.id);
  const title = channel === undefined ? 'Plumbline' : `#${channel.name}`;
  const replies = (ts: string) => sight.repliesTo(room, ts);
  const parent = sight.of(room).find(({ ts }) => ts === thread);
  return (
    <>
      <Room
        key={`${person} ${room}`}
        slack={slack}
        title={title}
        messages={sight.of(room)}
        empty="Nothing has been said here yet."
        composer={<Composer room={room} title={title} />}
        below={({ ts }) =>
          replies(ts).length === 0 ? null : (
            <button type="button" className="replies" onClick={() => go({ thread: ts })}>
              {replies(ts).length === 1 ? '1 reply' : `${replies(ts).length} replies`}
            </button>
          )
        }
      />
      {parent === undefined ? null : (
        <aside className="thread" aria-label="Thread">
          <Room
            slack={slack}
            title="Thread"
            messages={[parent, ...replies(thread)]}
            empty=""
            corner={
              <button
                type="button"
                className="quiet"
                aria-label="Close the thread"
                onClick={() => go({ thread: '' })}
              >
                ×
              </button>
            }
            composer={null}
          />
        </aside>
      )}
    </>
  );
}

/** Remembers per person how far each room was read; the room on the screen is read. */
function useSeen(person: string, room: string, sight: Sight): Readonly<Record<string, string>> {
  const [all, keep] = useMemory<Readonly<Record<string, Readonly<Record<string, string>>>>>(
    'plumbline-seen',
    {},
  );
  const mine = all[person] ?? {};
  const newest = room === 'home' ? undefined : sight.newest(room);
  useEffect(() => {
    if (newest === undefined || Number(mine[room] ?? 0) >= Number(newest)) return;
    keep({ ...all, [person]: { ...mine, [room]: newest } });
  });
  return newest === undefined ? mine : { ...mine, [room]: newest };
}

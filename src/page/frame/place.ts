import { useCallback, useSyncExternalStore } from 'react';

/** Who is played and what they look at. It stands in the address, so that a reload keeps it and two windows can differ. */
export interface Place {
  readonly person: string;
  /** A channel's id, or `home` for the Home tab of the app. */
  readonly room: string;
  /** The message whose thread is open, or empty. */
  readonly thread: string;
}

const FIRST: Place = { person: 'U0ANN', room: 'C0APPROVALS', thread: '' };
const MOVED = 'plumbline-moved';

function placeOf(search: string): Place {
  const params = new URLSearchParams(search);
  return {
    person: params.get('as') ?? FIRST.person,
    room: params.get('in') ?? FIRST.room,
    thread: params.get('thread') ?? '',
  };
}

function subscribe(listener: () => void): () => void {
  addEventListener('popstate', listener);
  addEventListener(MOVED, listener);
  return () => {
    removeEventListener('popstate', listener);
    removeEventListener(MOVED, listener);
  };
}

/** The place in the address, and how to go elsewhere; a room left closes its thread. */
export function usePlace(): readonly [Place, (to: Partial<Place>) => void] {
  const search = useSyncExternalStore(subscribe, () => location.search);
  const go = useCallback((to: Partial<Place>) => {
    const { person, room, thread } = { ...placeOf(location.search), thread: '', ...to };
    const params = new URLSearchParams({ as: person, in: room, ...(thread === '' ? {} : { thread }) });
    history.pushState(null, '', `?${params.toString()}`);
    dispatchEvent(new Event(MOVED));
  }, []);
  return [placeOf(search), go];
}

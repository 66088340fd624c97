import { useEffect } from 'react';
import type { PersonState } from '../frame/world.js';
import { useActing } from './acting.js';
import { Blocks } from './blocks.js';

/** The app's Home tab, which it fills once somebody opens it. */
export function Home({ person }: { readonly person: PersonState | undefined }) {
  const { openHome } = useActing();
  const id = person?.id;
  useEffect(() => {
    void openHome().catch(() => undefined);
    // Opened anew only for another person.
  }, [id]);
  const home = person?.home;
  return (
    <div className="room">
      <header className="room-head">
        <h2>Plumbline · Home tab</h2>
      </header>
      <div className="messages home" tabIndex={0} role="region" aria-label="Home tab">
        {home == null ? (
          <p className="hint">The app has not filled this tab yet.</p>
        ) : (
          <Blocks blocks={home.blocks} where={{ kind: 'home' }} values={home.state.values} />
        )}
      </div>
    </div>
  );
}

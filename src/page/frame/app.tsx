import { lazy, Suspense } from 'react';
import { Fleet } from '../fleet/fleet.js';
import { Clock } from '../fleet/clock.js';
import { Tour } from '../tour/tour.js';
import { useLive } from './live.js';
import { PANES, usePane } from './pane.js';
import { useTheme } from './theme.js';

/** Most of the page's code draws Block Kit; the frame need not wait for it. */
const Workspace = lazy(async () => ({ default: (await import('../slack/workspace.js')).Workspace }));

/** The whole page: a workspace, the phone systems it governs, and the tour; on a narrow screen one of them at a time. */
export function App() {
  const isConnected = useLive();
  const [theme, setTheme] = useTheme();
  const [pane, setPane] = usePane();
  const other = theme === 'dark' ? 'light' : 'dark';
  return (
    <div className="page" data-pane={pane}>
      <header className="top">
        <h1>
          <img src="./icon.svg" alt="" width="24" height="24" /> Plumbline <span>playground</span>
        </h1>
        <Clock />
        <span className="connection" role="status" data-on={isConnected}>
          {isConnected ? 'live' : 'connecting…'}
        </span>
        <button type="button" className="quiet" onClick={() => setTheme(other)}>
          {other === 'dark' ? 'Dark' : 'Light'}
        </button>
      </header>
      <nav className="panes" aria-label="Parts of the page">
        {PANES.map((name) => (
          <button key={name} type="button" aria-pressed={pane === name} onClick={() => setPane(name)}>
            {name}
          </button>
        ))}
      </nav>
      <main>
        <section className="pane workspace-pane" data-name="Slack" aria-label="Simulated Slack workspace">
          <Suspense fallback={<p className="hint">The workspace is opened…</p>}>
            <Workspace theme={theme} />
          </Suspense>
        </section>
        <section className="pane" data-name="Phone systems" aria-label="Simulated phone systems">
          <Fleet />
        </section>
        <aside className="pane" data-name="Tour" aria-label="Guided tour">
          <Tour />
        </aside>
      </main>
    </div>
  );
}

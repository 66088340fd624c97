import { useFacts } from '../frame/live.js';
import { useHeld } from './acts.js';
import { Panel } from './panel.js';

/** The phone systems, live, as another admin sees them who knows nothing of Plumbline. */
export function Fleet() {
  const facts = useFacts();
  const held = useHeld();
  if (facts === undefined) return <p className="nothing">Waiting for the phone systems…</p>;
  return (
    <div className="fleet">
      <header>
        <h2>Phone systems</h2>
        <p>
          Whatever you change here you change as <b>100 Zoe</b>, another admin, behind Plumbline’s back.
        </p>
      </header>
      {facts.pbxs.map((pbx, index) => (
        <Panel
          key={pbx.id}
          pbx={pbx}
          settings={facts.settings}
          held={held.filter(({ pbxId }) => pbxId === pbx.id)}
          isFirst={index === 0}
        />
      ))}
    </div>
  );
}

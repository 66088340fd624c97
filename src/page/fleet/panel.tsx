import { useId } from 'react';
import type { Facts, HeldFact, SettingFact } from '../../demo/playground/face.js';
import type { SimRequest } from '../../simulators/pbx/types.js';
import { ask } from '../frame/api.js';
import { usePbx } from '../frame/live.js';
import { useMemory } from '../frame/memory.js';
import type { PbxState } from '../frame/world.js';
import { useAct } from './acts.js';
import { AuditLog } from './log.js';
import { useNews } from './news.js';
import { usePointed } from './point.js';
import { Settings } from './settings.js';
import { clockTime } from './times.js';
import { Troubles } from './troubles.js';
import { standing, valueIn } from './values.js';

interface PanelFacts {
  readonly pbx: Facts['pbxs'][number];
  readonly settings: readonly SettingFact[];
  readonly held: readonly HeldFact[];
  readonly isFirst: boolean;
}

/** One phone system, which can be folded up; folded up it still says what is the matter with it. */
export function Panel({ pbx: { id, name, tags }, settings, held, isFirst }: PanelFacts) {
  const pbx = usePbx(id);
  const news = useNews(name, pbx, settings);
  const [isOpen, setOpen] = useMemory(`plumbline-open-${id}`, isFirst);
  const bodyId = useId();
  usePointed(id, () => setOpen(true));
  return (
    <section className="pbx" aria-label={name}>
      <h3>
        <button type="button" aria-expanded={isOpen} aria-controls={bodyId} onClick={() => setOpen(!isOpen)}>
          <span className="pbx-name">{name}</span> <code>{id}</code>
          {tags.map((tag) => (
            <span key={tag} className="tag">
              {tag}
            </span>
          ))}
          {pbx !== undefined && <Matters pbx={pbx} settings={settings} held={held} />}
        </button>
      </h3>
      <p className="unseen" role="status">
        {news.said}
      </p>
      <div id={bodyId} className="pbx-body" hidden={!isOpen}>
        {pbx === undefined ? (
          <p className="nothing">Waiting for {name}…</p>
        ) : (
          <>
            <State pbx={pbx} name={name} />
            <Settings pbx={pbx} settings={settings} held={held} fresh={news.fresh} />
            <AuditLog rows={pbx.auditLog} settings={settings} />
            <Troubles pbx={pbx} settings={settings} />
          </>
        )}
      </div>
    </section>
  );
}

/** In a word or two what a person should know of a phone system. */
function Matters({
  pbx,
  settings,
  held,
}: { readonly pbx: PbxState } & Pick<PanelFacts, 'settings' | 'held'>) {
  const drifted = held.filter((one) => {
    const setting = settings.find(({ key }) => key === one.key);
    const value = valueIn(pbx.resources[setting?.resource ?? ''], one.key);
    return setting !== undefined && value !== undefined && standing(setting, one, value) === 'drifted';
  }).length;
  const isTroubled = pbx.faults.length > 0 || pbx.insistences > 0 || pbx.isBlacklisted;
  return (
    <span className="matters">
      {isTroubled && <span className="chip bad">trouble</span>}
      {drifted > 0 ? (
        <span className="chip" data-stands="drifted">
          ≠ {drifted} drifted
        </span>
      ) : (
        <span className="chip" data-stands="kept">
          ✓ plumb
        </span>
      )}
    </span>
  );
}

function Asked({ last: { at, method, path, status } }: { readonly last: SimRequest }) {
  const what = path.split('/').at(-1) ?? path;
  return (
    <>
      Last request <time dateTime={at}>{clockTime(at)}</time>: {method} {what},{' '}
      {status === null ? 'no answer' : status}
    </>
  );
}

const VERSIONS = ['20.0.8.1109', '20.0.9.995', '20.0.10.1621'];

function State({ pbx, name }: { readonly pbx: PbxState; readonly name: string }) {
  const id = useId();
  const version = useAct((next: string) => ask(`/pbxs/pbxs/${pbx.id}/version`, { version: next }), 'pbx');
  const lift = useAct(() => ask(`/pbxs/pbxs/${pbx.id}/blacklist`, undefined, 'DELETE'), 'pbx');
  const last = pbx.requests.at(-1);
  const versions = VERSIONS.includes(pbx.version) ? VERSIONS : [...VERSIONS, pbx.version];
  const trouble = version.trouble || lift.trouble;
  return (
    <div className="state">
      <label htmlFor={id}>3CX</label>
      <select
        id={id}
        aria-label={`3CX version of ${name}`}
        value={pbx.version}
        aria-busy={version.isBusy}
        onChange={({ currentTarget }) => version.run(currentTarget.value)}
      >
        {versions.map((one) => (
          <option key={one}>{one}</option>
        ))}
      </select>
      <p className="writes">
        {pbx.writes.length === 1 ? '1 write' : `${pbx.writes.length} writes`} by Plumbline
      </p>
      <p className="asked">{last === undefined ? 'Not asked for anything yet' : <Asked last={last} />}</p>
      {pbx.isBlacklisted && (
        <p className="blacklisted">
          This PBX has blacklisted Plumbline’s address.{' '}
          <button type="button" aria-busy={lift.isBusy} onClick={() => lift.run(undefined)}>
            Take it off the list
          </button>
        </p>
      )}
      {trouble !== '' && (
        <p className="amiss" role="alert">
          {trouble}
        </p>
      )}
    </div>
  );
}

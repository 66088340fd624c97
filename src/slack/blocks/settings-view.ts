import type { Pbx } from '../../ctx.js';
import { type Observation, readingOf } from '../../fleet/observation.js';
import type { LastSeen } from '../../fleet/store.js';
import { resources } from '../../settings/catalogue.js';
import { formatValue } from '../../settings/kind.js';
import type { Setting } from '../../settings/setting.js';
import { actions, type Block, button, chunks, code, context, escape, type Message, section } from './kit.js';
import { time } from './people.js';

/** The settings of a PBX as it has them now. */
export function settingsMessage(pbx: Pbx, observation: Observation, wanted: readonly Setting[]): Message {
  const version = observation.version === null ? '' : `, 3CX ${observation.version}`;
  const groups = resources.flatMap((resource): Block[] => {
    const lines = wanted
      .filter((setting) => setting.resource === resource.name)
      .map((setting) => settingLine(setting, observation));
    if (lines.length === 0) return [];
    return chunks([`*${escape(resource.label)}*`, ...lines], 3000)
      .slice(0, 3)
      .map(section);
  });
  return {
    text: `Settings of ${escape(pbx.name)}`,
    blocks: [
      section(`*${escape(pbx.name)}* (${code(pbx.id)}${version})`),
      ...groups,
      context(`Read ${time(observation.at)}`),
      actions(
        button('show.json', 'Show JSON', pbx.id, { label: `Show the settings of ${pbx.name} as JSON` }),
        button('change.open', 'Change', pbx.id, { label: `Change settings of ${pbx.name}` }),
      ),
    ],
  };
}

/** The PBXs and what was last seen of them. */
export function fleetMessage(pbxs: readonly Pbx[], lastSeen: ReadonlyMap<string, LastSeen>): Message {
  const lines = pbxs.map((pbx) => {
    const seen = lastSeen.get(pbx.id);
    const tags = pbx.tags.length === 0 ? '' : `, tags ${pbx.tags.map(code).join(' ')}`;
    const state =
      seen === undefined
        ? 'not read yet'
        : `3CX ${seen.version ?? 'of unknown version'}, last read ${time(seen.at)}`;
    return `• *${escape(pbx.name)}* (${code(pbx.id)}): ${state}${tags}`;
  });
  const shown = chunks(lines, 3000).slice(0, 4);
  return {
    text: `${pbxs.length} ${pbxs.length === 1 ? 'PBX' : 'PBXs'}`,
    blocks: [...shown.map(section), context(`${pbxs.length} in all`)],
  };
}

function settingLine(setting: Setting, observation: Observation): string {
  const reading = readingOf(observation, setting.key);
  const name = `• ${escape(setting.label)} (${code(setting.key)})`;
  if (reading.status === 'read') return `${name}: *${code(formatValue(setting, reading.value))}*`;
  const word = reading.status === 'unknown' ? 'unknown' : 'not applicable';
  return `${name}: ${word}, ${escape(reading.because)}`;
}

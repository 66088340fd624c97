import type { Pbx } from '../../ctx.js';
import { type Observation, readingOf } from '../../fleet/observation.js';
import type { LastSeen } from '../../fleet/store.js';
import { resources } from '../../settings/catalogue.js';
import type { Setting } from '../../settings/setting.js';
import { actions, button, context, listed, menu, type Message, section } from './kit.js';
import { time } from './people.js';
import { valueOf } from './setting-words.js';
import { code, counted, escape, spoken } from './text.js';

const SHOWN_TEXT = 11_000;
const MOST_CHOICES = 100;

/** The settings of a PBX as it has them now. */
export function settingsMessage(pbx: Pbx, observation: Observation, wanted: readonly Setting[]): Message {
  const version = observation.version === null ? '' : `, 3CX ${escape(observation.version)}`;
  const lines = resources.flatMap((resource) => {
    const of = wanted.filter((setting) => setting.resource === resource.name);
    return of.length === 0 ? [] : [`*${escape(resource.label)}*`, ...settingLines(of, observation)];
  });
  const title = `Settings of ${escape(pbx.name)}`;
  return {
    text: spoken([title, ...lines]),
    blocks: [
      section(`*${title}* (${code(pbx.id)}${version})`),
      ...listed(lines, SHOWN_TEXT, (left) => `${left} more: name the ones to show, or press “Show JSON”.`),
      context(`Read ${time(observation.at)}`),
      actions(
        button('show.json', 'Show JSON', pbx.id, { label: `Show the settings of ${pbx.name} as JSON` }),
        button('change.open', 'Change', pbx.id, { label: `Change settings of ${pbx.name}` }),
      ),
    ],
  };
}

/** The PBXs and what was last seen of them, with a menu to look at one. */
export function fleetMessage(pbxs: readonly Pbx[], lastSeen: ReadonlyMap<string, LastSeen>): Message {
  const lines = pbxs.map((pbx) => {
    const seen = lastSeen.get(pbx.id);
    const tags = pbx.tags.length === 0 ? '' : `, tags ${pbx.tags.map(code).join(' ')}`;
    const state =
      seen === undefined
        ? 'not read yet'
        : `3CX ${escape(seen.version ?? 'of unknown version')}, last read ${time(seen.at)}`;
    return `• *${escape(pbx.name)}* (${code(pbx.id)}): ${state}${tags}`;
  });
  const choices = pbxs.map(({ id, name }) => ({ value: id, text: name === id ? id : `${name} (${id})` }));
  const title = counted(pbxs.length, 'PBX');
  const look =
    pbxs.length > MOST_CHOICES
      ? context('Look at one with `/pbx show` and its name.')
      : actions(menu('show.pbx', 'Show the settings of…', choices));
  return {
    text: spoken([
      title,
      ...pbxs.map(({ id, name }) => (name === id ? escape(id) : `${escape(name)} (${escape(id)})`)),
    ]),
    blocks: [
      section(`*${title}*`),
      ...listed(lines, SHOWN_TEXT, (left) => `${left} more do not fit here.`),
      look,
    ],
  };
}

/** One line a setting; where nothing of a resource could be read, one line that says why. */
function settingLines(settings: readonly Setting[], observation: Observation): readonly string[] {
  const readings = settings.map((setting) => readingOf(observation, setting.key));
  const reasons = new Set(readings.map((reading) => (reading.status === 'unknown' ? reading.because : null)));
  const [reason] = reasons;
  if (settings.length > 1 && reasons.size === 1 && typeof reason === 'string') {
    return [`:warning: could not be read: ${escape(reason)}`];
  }
  return settings.map((setting) => settingLine(setting, observation));
}

function settingLine(setting: Setting, observation: Observation): string {
  const reading = readingOf(observation, setting.key);
  const name = `• ${escape(setting.label)} (${code(setting.key)})`;
  if (reading.status === 'read') return `${name}: ${valueOf(setting.key, reading.value)}`;
  const word = reading.status === 'unknown' ? 'unknown' : 'not applicable';
  return `${name}: ${word}, ${escape(reading.because)}`;
}

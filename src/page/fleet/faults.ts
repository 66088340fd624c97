import type { SettingFact } from '../../demo/playground/face.js';
import type { Fault } from '../../simulators/pbx/types.js';
import { ask } from '../frame/api.js';
import type { PbxState } from '../frame/world.js';
import { propertiesFor, valueIn } from './values.js';

/** Something that goes wrong with a phone system, as a switch. */
export interface Trouble {
  readonly label: string;
  readonly says: string;
  readonly fault: Fault;
}

export const TROUBLES: readonly Trouble[] = [
  {
    label: 'Down',
    says: 'Nobody answers: every connection breaks, so nothing can be read and nothing is written.',
    fault: { kind: 'down' },
  },
  {
    label: 'Slow',
    says: 'Every answer takes three seconds.',
    fault: { kind: 'slow', delayMs: 3000 },
  },
  {
    label: 'Refuses the login',
    says: 'As if the client secret was changed. Plumbline asks once and then stops, before 3CX shuts its address out; to get out, switch this off and reconnect.',
    fault: { kind: 'unauthorised', on: 'token' },
  },
  {
    label: 'Error page',
    says: 'Answers with a web page where settings were asked for, as a proxy in front of it does.',
    fault: { kind: 'html' },
  },
  {
    label: 'Stores nothing',
    says: 'Says yes to every change and keeps none of them; only reading back shows it.',
    fault: { kind: 'not-stored' },
  },
];

const PUTS_BACK = { user: '101 Yuri', ip: '203.0.113.9', onReadBack: true } as const;

/** Whether a fault is that of a switch. */
export function isFault(one: Fault, other: Fault): boolean {
  return one.kind === other.kind && (one.on ?? 'any') === (other.on ?? 'any');
}

/** Switches one fault; a PBX clears its faults only all at once, so those that stay are set again. */
export async function switchFault(pbx: PbxState, fault: Fault, isOn: boolean): Promise<void> {
  const path = `/pbxs/pbxs/${pbx.id}`;
  if (isOn) {
    await ask(`${path}/faults`, fault);
    // A login is only asked for again once the token at hand is no good any more.
    if (fault.on === 'token') await ask(`${path}/tokens`, undefined, 'DELETE');
    return;
  }
  await ask(`${path}/faults`, undefined, 'DELETE');
  for (const other of pbx.faults.filter((one) => !isFault(one, fault))) await ask(`${path}/faults`, other);
}

/** Lets another admin put back the values of now whenever somebody wrote others over the API, or ends that. */
export async function switchInsistence(
  pbx: PbxState,
  settings: readonly SettingFact[],
  isOn: boolean,
): Promise<void> {
  const path = `/pbxs/pbxs/${pbx.id}/insist`;
  if (!isOn) return void (await ask(path, undefined, 'DELETE'));
  for (const [resource, values] of Object.entries(pbx.resources)) {
    const own = settings.filter((setting) => setting.resource === resource);
    const properties = own
      .map(({ key }) => ({ key, value: valueIn(values, key) }))
      .filter(({ value }) => value !== undefined)
      .reduce((all, { key, value }) => merged(all, propertiesFor(key, value)), {});
    if (Object.keys(properties).length > 0) await ask(path, { resource, properties, by: PUTS_BACK });
  }
}

type Properties = Readonly<Record<string, unknown>>;

function merged(all: Properties, more: Properties): Properties {
  const entries = Object.entries(more).map(([name, value]) => {
    const known = all[name];
    return [name, isObject(known) && isObject(value) ? { ...known, ...value } : value] as const;
  });
  return { ...all, ...Object.fromEntries(entries) };
}

function isObject(value: unknown): value is Properties {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

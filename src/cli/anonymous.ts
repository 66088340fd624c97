import type { Rule } from '../baseline/rules.js';
import type { Period } from '../ctx.js';
import type { Properties } from '../fleet/observation.js';
import { getSetting, resources, settings } from '../settings/catalogue.js';
import { secondsOfIso } from '../settings/duration.js';
import { imageContent } from '../settings/image.js';
import { canonicalNetwork, isCovered, parseIpAddress } from '../settings/ip-address.js';
import type { ResourceName, Setting, Value } from '../settings/setting.js';
import type { CaseInputs, CasePbx } from './case.js';

const OWN_ADDRESS = '192.0.2.1';
/** Networks that hold the address above, of which no case needs more. */
const AROUND = [24, 25, 26, 27, 28, 29, 30, 31].map((prefix) => `192.0.2.0/${prefix}`);
/** Properties that no setting is, but an interlock looks at. */
const OWN = new Set(settings.flatMap(({ interlocks = [] }) => interlocks.map(({ own }) => own)));

/** Gives everything that tells whose PBX it is another name, the same one for the same thing. */
export interface Mask {
  text(text: string): string;
  picture(value: string): string;
  network(entry: string): string;
  target(target: string): string;
  tag(tag: string): string;
}

/**
 * A case that says nothing of whose PBX it is: texts, addresses, tags and names become numbered ones, pictures become their
 * hash, and what no rule can be about is left out. What was equal stays equal, and what differed still does.
 */
export function anonymous(inputs: CaseInputs): CaseInputs {
  const own = inputs.pbxs.flatMap(({ live }) => ownAddressesIn(live ?? {}))[0] ?? null;
  const mask = createMask(own);
  const { released, exceptions, windows, freezes } = inputs;
  const named = (what: string) => (period: Period, index: number) => ({
    ...period,
    name: `${what} ${index + 1}`,
    target: mask.target(period.target),
  });
  return {
    ...inputs,
    rules: inputs.rules.map((rule) => maskedRule(rule, mask)),
    ...(released === undefined ? {} : { released: released.map((rule) => maskedRule(rule, mask)) }),
    ...(exceptions === undefined
      ? {}
      : {
          exceptions: exceptions.map(({ key, target, untilAt }) => ({
            key,
            target: mask.target(target),
            untilAt,
            owner: 'somebody',
            reason: 'a reason',
          })),
        }),
    ...(windows === undefined ? {} : { windows: windows.map(named('window')) }),
    ...(freezes === undefined ? {} : { freezes: freezes.map(named('freeze')) }),
    pbxs: inputs.pbxs.map((pbx) => maskedPbx(pbx, mask)),
  };
}

/** `own` is the address from which the PBX sees Plumbline, which the interlocks ask for. */
function createMask(own: string | null): Mask {
  const texts = numbered((number) => `text ${number}`);
  const tags = numbered((number) => `tag-${number}`);
  const inside = numbered((number) => AROUND[(number - 1) % AROUND.length] ?? OWN_ADDRESS);
  const outside = numbered((number) => `198.51.${100 + Math.floor(number / 256)}.${number % 256}`);
  const address = own === null ? null : parseIpAddress(own);
  const text = (value: string): string => (value === '' ? '' : texts(value));
  return {
    text,
    picture(value) {
      if (value === '') return '';
      const content = imageContent(value);
      return content.form === 'file' ? `sha256:${content.sha256}` : text(value);
    },
    network(entry) {
      const canonical = canonicalNetwork(entry);
      if (canonical === null) return text(entry);
      if (own !== null && canonical === canonicalNetwork(own)) return OWN_ADDRESS;
      return address !== null && isCovered(address, canonical) ? inside(canonical) : outside(canonical);
    },
    tag: tags,
    target(target) {
      if (target === 'all') return target;
      return target.startsWith('tag:') ? `tag:${tags(target.slice('tag:'.length))}` : 'pbx';
    },
  };
}

function numbered(name: (number: number) => string): (known: string) => string {
  const names = new Map<string, string>();
  return (known) => {
    const found = names.get(known) ?? name(names.size + 1);
    names.set(known, found);
    return found;
  };
}

function maskedRule({ key, value, mode, target, severity }: Rule, mask: Mask): Rule {
  const masked = maskedValue(getSetting(key), value, mask) as Value;
  const rest = severity === undefined ? {} : { severity };
  return { key, value: masked, mode, target: mask.target(target), ...rest };
}

function maskedPbx({ tags, live, unreadable, memory, ...pbx }: CasePbx, mask: Mask): CasePbx {
  const entries = Object.entries(live ?? {}).map(
    ([name, properties]) => [name, maskedProperties(name, properties, mask)] as const,
  );
  const failed = Object.keys(unreadable ?? {}).map((name) => [name, 'it could not be read'] as const);
  const memories = Object.entries(memory ?? {}).map(
    ([key, known]) => [key, known.because == null ? known : { ...known, because: 'a reason' }] as const,
  );
  return {
    ...pbx,
    id: 'pbx',
    ...(tags === undefined ? {} : { tags: tags.map((tag) => mask.tag(tag)) }),
    ...(entries.length === 0 ? {} : { live: Object.fromEntries(entries) }),
    ...(failed.length === 0 ? {} : { unreadable: Object.fromEntries(failed) }),
    ...(memories.length === 0 ? {} : { memory: Object.fromEntries(memories) }),
  };
}

function maskedProperties(name: ResourceName, properties: Properties, mask: Mask): Properties {
  const own = resources.find((resource) => resource.name === name)?.settings ?? [];
  const kept = Object.entries(properties).flatMap(([property, value]) => {
    if (OWN.has(property)) return [[property, maskedOwn(value, mask)] as const];
    const about = own.filter(({ path }) => path[0] === property);
    return about.length === 0 ? [] : [[property, maskedProperty(about, value, mask)] as const];
  });
  return Object.fromEntries(kept);
}

/** A nested object keeps the names of all its parts, for it is written whole. */
function maskedProperty(about: readonly Setting[], value: unknown, mask: Mask): unknown {
  const [plain] = about.filter(({ path }) => path.length === 1);
  if (plain !== undefined) return maskedValue(plain, value, mask);
  if (!isRecord(value)) return scrubbed(value, mask);
  return Object.fromEntries(
    Object.entries(value).map(([name, part]) => {
      const setting = about.find(({ path }) => path[1] === name);
      return [name, setting === undefined ? scrubbed(part, mask) : maskedValue(setting, part, mask)];
    }),
  );
}

function maskedValue(setting: Setting, value: unknown, mask: Mask): unknown {
  if (Array.isArray(value) && setting.kind === 'list') {
    const isNetworks = setting.items === 'ip-network';
    return value.map((item: unknown) => {
      if (typeof item !== 'string') return scrubbed(item, mask);
      return isNetworks ? mask.network(item) : mask.text(item);
    });
  }
  if (typeof value === 'number' && setting.kind === 'number') return value;
  if (typeof value !== 'string') return scrubbed(value, mask);
  if (setting.kind === 'image') return mask.picture(value);
  return isTelling(setting, value) ? mask.text(value) : value;
}

/** Whether a text may be anything, and so may tell something. */
function isTelling(setting: Setting, value: string): boolean {
  if (setting.kind === 'duration') return secondsOfIso(value) === null;
  if (setting.kind !== 'choice') return true;
  return !setting.options.some((option) => option.toLowerCase() === value.toLowerCase());
}

function maskedOwn(value: unknown, mask: Mask): unknown {
  if (typeof value !== 'string') return scrubbed(value, mask);
  return parseIpAddress(value) === null ? mask.text(value) : mask.network(value);
}

/** What is not recognised keeps its type only. */
function scrubbed(value: unknown, mask: Mask): unknown {
  if (value === null || typeof value === 'boolean') return value;
  if (typeof value === 'string') return mask.text(value);
  if (Array.isArray(value)) return [];
  return typeof value === 'number' ? 0 : {};
}

function ownAddressesIn(live: Readonly<Record<ResourceName, Properties>>): readonly string[] {
  return Object.values(live).flatMap((properties) =>
    [...OWN].flatMap((name) => {
      const value = properties[name];
      return typeof value === 'string' && parseIpAddress(value) !== null ? [value] : [];
    }),
  );
}

function isRecord(value: unknown): value is Properties {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

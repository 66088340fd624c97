import { isAtLeast } from './version.js';

/** How much harm a wrong value can do; decides how many people must approve. */
export type Risk = 'low' | 'medium' | 'high';

/** The resource names are those of 3CX's own API description. */
export type ResourceName = string;

/** A setting's value as Plumbline holds it; a list is always held whole. `null` is a value of its own, never the same as absent, `''` or `false`. */
export type Value = boolean | number | string | null | readonly string[];

/** The longest a text may be, from a 3CX version on. */
export interface LengthLimit {
  readonly since: string;
  readonly maxLength: number;
}

/**
 * A rule that keeps Plumbline from shutting itself out. `own-address-listed`: any value but `unless` is refused where the
 * address from which the PBX sees Plumbline is not, or not certainly, in a list of the same resource.
 */
export type Interlock = OwnAddressListed | OwnAddressInValue;

interface OwnAddressListed extends InterlockBase {
  readonly kind: 'own-address-listed';
  /** The value that shuts nobody out. */
  readonly unless: Value;
  /** The property that lists the addresses and networks which are let in. */
  readonly list: string;
}

/** The value itself lists who is let in: refused where Plumbline's own address is not, or not certainly, in it. */
interface OwnAddressInValue extends InterlockBase {
  readonly kind: 'own-address-in-value';
}

interface InterlockBase {
  /** The property that holds the caller's own address. */
  readonly own: string;
  /** What a refused value does, in words that “, and …” can follow. */
  readonly because: string;
  /** How a person can lift the interlock, as a sentence. */
  readonly mend: string;
}

interface SettingLiteralBase {
  /** The property path joined by dots, e.g. `AutoSchedulerSettings.Enabled`; unique in the catalogue. */
  readonly key: string;
  readonly label: string;
  readonly help: string;
  readonly risk: Risk;
  /** The first 3CX version whose API has the property. */
  readonly since: string;
  /** What may go wrong, shown before a risky change is asked for or approved. */
  readonly warning?: string;
  /** What must hold on a PBX before the setting is written there. */
  readonly interlocks?: readonly Interlock[];
}

export interface FlagLiteral extends SettingLiteralBase {
  readonly kind: 'flag';
}

export interface ChoiceLiteral extends SettingLiteralBase {
  readonly kind: 'choice';
  readonly options: readonly [string, ...string[]];
}

export interface TextLiteral extends SettingLiteralBase {
  readonly kind: 'text';
  readonly limits?: readonly LengthLimit[];
}

export interface NumberLiteral extends SettingLiteralBase {
  readonly kind: 'number';
  readonly min: number;
  readonly max: number;
  readonly unit?: string;
}

export interface DurationLiteral extends SettingLiteralBase {
  readonly kind: 'duration';
  readonly minSeconds: number;
  readonly maxSeconds: number;
}

export interface ImageLiteral extends SettingLiteralBase {
  readonly kind: 'image';
  /** Limits of the base64 text, which is a third longer than the file. */
  readonly limits: readonly LengthLimit[];
}

/** Several texts, which a PBX takes only whole. */
export interface ListLiteral extends SettingLiteralBase {
  readonly kind: 'list';
  /** `ip-network`: addresses and networks such as 192.168.10.0/24. */
  readonly items: 'text' | 'ip-network';
  /** Whether the order means nothing, and saying something twice neither. */
  readonly isSet: boolean;
  readonly maxItems: number;
}

/** What the catalogue's files list: one literal a setting. */
export type SettingLiteral =
  FlagLiteral | ChoiceLiteral | TextLiteral | NumberLiteral | DurationLiteral | ImageLiteral | ListLiteral;

/** A literal with its place on the wire. */
export type Setting = SettingLiteral & {
  readonly resource: ResourceName;
  /** Property names from the resource's root, one for a plain property, two for a leaf of a nested object. */
  readonly path: readonly [string, ...string[]];
};

/** A nested object of a resource whose leaves are settings of their own. */
export interface NestedObject {
  readonly key: string;
  readonly label: string;
  readonly help: string;
}

/** One XAPI singleton and the settings it holds. */
export interface Resource {
  readonly name: ResourceName;
  readonly label: string;
  readonly objects: readonly NestedObject[];
  readonly settings: readonly Setting[];
}

interface ResourceLiteral {
  readonly name: ResourceName;
  readonly label: string;
  readonly objects?: readonly NestedObject[];
  readonly settings: readonly SettingLiteral[];
}

/** Gives each literal of a resource its place on the wire. */
export function resource(literal: ResourceLiteral): Resource {
  const settings = literal.settings.map((setting): Setting => {
    const [first = setting.key, ...rest] = setting.key.split('.');
    return { ...setting, resource: literal.name, path: [first, ...rest] };
  });
  return { name: literal.name, label: literal.label, objects: literal.objects ?? [], settings };
}

/** The length limit in force on a PBX of `version`, the strictest known one where the version is unknown. */
export function maxLengthFor(
  setting: { readonly limits?: readonly LengthLimit[] },
  version: string | null,
): number | null {
  const limits = setting.limits ?? [];
  if (limits.length === 0) return null;
  if (version === null) return Math.min(...limits.map((limit) => limit.maxLength));
  const inForce = limits.findLast((limit) => isAtLeast(version, limit.since));
  return (inForce ?? limits[0])?.maxLength ?? null;
}

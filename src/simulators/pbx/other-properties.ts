type Schema = Readonly<Record<string, unknown>>;

/** A property of a resource that no setting belongs to. */
export interface OtherProperty {
  /** As 3CX's description has it. */
  readonly schema: Schema;
  readonly initial: unknown;
  /** Whether only the PBX itself gives it a value. */
  readonly isReadOnly: boolean;
  accepts(value: unknown): boolean;
}

const TEXT = { type: 'string' };

/**
 * What 3CX's description has besides the catalogue's settings, by resource. Assumed: that `Id` and `MyIpAddress`, which
 * the description does not call read-only, cannot be set.
 */
const OTHERS: Readonly<Record<string, Readonly<Record<string, OtherProperty>>>> = {
  ConsoleRestrictions: {
    Id: readOnly(TEXT, 'ConsoleRestrictions'),
    MyIpAddress: readOnly({ ...TEXT, nullable: true }, null),
  },
};

/** The properties of a resource that no setting belongs to, by name. */
export function otherProperties(resource: string): readonly (readonly [string, OtherProperty])[] {
  return Object.entries(OTHERS[resource] ?? {});
}

function readOnly(schema: Schema, initial: unknown): OtherProperty {
  return { schema, initial, isReadOnly: true, accepts: () => false };
}

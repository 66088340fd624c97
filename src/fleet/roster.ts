import { isDeepStrictEqual } from 'node:util';
import type { Pbx } from '../ctx.js';
import type { Xapi } from '../xapi/client.js';
import type { PbxConnection } from '../xapi/connection.js';

/** A PBX as it is configured. */
interface Member extends PbxConnection {
  readonly name: string;
  readonly tags: readonly string[];
}

interface Entry {
  readonly connection: PbxConnection;
  readonly pbx: Pbx;
}

/** Another set of PBXs, connected but not in force yet. */
export interface Muster {
  /** Puts it in force at once and returns the connections that are no longer of use but may be in use. */
  take(): readonly Xapi[];
}

/** The PBXs Plumbline knows, each with its connection. */
export interface Roster {
  readonly pbxs: readonly Pbx[];
  /**
   * Connects the PBXs that are new or reached in another way; all others keep their connection and its token. Throws what
   * `open` throws.
   */
  muster(members: readonly Member[]): Muster;
}

/** A roster of these PBXs. Nothing is sent to any of them. */
export function createRoster(members: readonly Member[], open: (connection: PbxConnection) => Xapi): Roster {
  let entries: readonly Entry[] = members.map((member) => entryOf(member, open));
  let pbxs: readonly Pbx[] = entries.map(({ pbx }) => pbx);
  return {
    get pbxs() {
      return pbxs;
    },
    muster(next) {
      const known = new Map(entries.map((entry) => [entry.pbx.id, entry]));
      const mustered = next.map((member) => nextEntry(member, known.get(member.id), open));
      return {
        take() {
          const kept = new Set(mustered.map(({ pbx }) => pbx.xapi));
          const retired = pbxs.map(({ xapi }) => xapi).filter((xapi) => !kept.has(xapi));
          entries = mustered;
          pbxs = entries.map(({ pbx }) => pbx);
          return retired;
        },
      };
    },
  };
}

function nextEntry(
  member: Member,
  known: Entry | undefined,
  open: (connection: PbxConnection) => Xapi,
): Entry {
  const connection = connectionOf(member);
  if (known === undefined || !isDeepStrictEqual(connection, known.connection)) return entryOf(member, open);
  return { connection, pbx: pbxOf(member, known.pbx.xapi) };
}

function entryOf(member: Member, open: (connection: PbxConnection) => Xapi): Entry {
  const connection = connectionOf(member);
  return { connection, pbx: pbxOf(member, open(connection)) };
}

function pbxOf({ id, name, url, tags, credential }: Member, xapi: Xapi): Pbx {
  const client = credential.kind === 'client' ? { clientId: credential.clientId } : {};
  return { id, name, url, tags, ...client, xapi };
}

function connectionOf({ id, url, credential, ca, timeoutMs }: Member): PbxConnection {
  return {
    id,
    url,
    credential,
    ...(ca === undefined ? {} : { ca }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  };
}

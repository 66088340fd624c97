import { BlockList, isIP } from 'node:net';
import { type PbxState, visible } from './pbx.js';
import type { Stored } from './model.js';

const NAME = 'ConsoleRestrictions';

/**
 * A resource as a GET from an address shows it. `MyIpAddress` is the caller's address, unless one was put in its place:
 * then the PBX sees every caller there, as behind a proxy.
 */
export function shownTo(pbx: PbxState, resource: string, ip: string): Stored {
  const shown = visible(pbx, resource);
  return resource === NAME && 'MyIpAddress' in shown ? { ...shown, MyIpAddress: seenAt(shown, ip) } : shown;
}

/**
 * Whether the console restrictions keep an address from the API. Assumed, from what users of the API report: that they
 * hold for everything under `/xapi/v1` and come before token and role, that logging in stays possible because people need
 * it from everywhere, and that an empty list lets nobody in.
 */
export function isShutOut(pbx: PbxState, ip: string): boolean {
  if (pbx.model.find(NAME, pbx.version) === undefined) return false;
  const shown = visible(pbx, NAME);
  if (shown['AccessRestricted'] !== true) return false;
  const list = shown['IpWhitelist'];
  return !isListed(Array.isArray(list) ? list.map(String) : [], seenAt(shown, ip));
}

function seenAt({ MyIpAddress: told }: Stored, ip: string): string {
  return typeof told === 'string' ? told : ip;
}

function isListed(entries: readonly string[], ip: string): boolean {
  const type = typeOf(ip);
  const list = new BlockList();
  for (const entry of entries) add(list, entry);
  return type !== null && list.check(ip, type);
}

function add(list: BlockList, entry: string): void {
  const [address = '', length] = entry.split('/');
  const type = typeOf(address);
  const most = type === 'ipv4' ? 32 : 128;
  if (type === null) return;
  if (length === undefined) list.addAddress(address, type);
  else if (/^\d{1,3}$/.test(length) && Number(length) <= most) list.addSubnet(address, Number(length), type);
}

function typeOf(ip: string): 'ipv4' | 'ipv6' | null {
  const version = isIP(ip);
  if (version === 0) return null;
  return version === 4 ? 'ipv4' : 'ipv6';
}

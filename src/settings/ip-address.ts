const OCTET = '(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)';
const IPV4 = new RegExp(`^${OCTET}(?:\\.${OCTET}){3}$`);
const EMBEDDED_IPV4 = /^(.*:)([\d.]+)$/;
const HEX_GROUPS = /^[\da-f]{1,4}(?::[\da-f]{1,4})*$/i;
const PREFIX = /^(?:0|[1-9]\d{0,2})$/;
const BITS = 128;
const GROUPS = 8;
/** Where the IPv4 addresses lie among those of IPv6: `::ffff:0:0/96`. */
const IPV4_BITS = 32;
const IPV4_START = 0xffffn << 32n;

/**
 * An IP address as a number of 128 bits, IPv4 as its IPv4-mapped IPv6 address, or null where the text is none. Strict: no
 * spaces, ports, zones or leading zeros of an IPv4 number, which some programs read as octal.
 */
export function parseIpAddress(text: string): bigint | null {
  return IPV4.test(text) ? IPV4_START + ipv4Number(text) : parseIpv6(text);
}

/**
 * Whether an entry of an address list certainly covers an address: the address itself, or a network such as
 * `192.168.10.0/24` it is in. Anything else covers nothing: host names, ranges, dotted masks, networks with host bits, and
 * a large IPv6 network (`::/0`) where the address is an IPv4 one.
 */
export function isCovered(address: bigint, entry: string): boolean {
  const network = parseNetwork(entry);
  if (network === null || (isIpv4(address) && network.prefix < BITS - IPV4_BITS)) return false;
  const hostBits = BigInt(BITS - network.prefix);
  return (address >> hostBits) << hostBits === network.start;
}

/**
 * An address or a network in the one way Plumbline writes it (RFC 5952: IPv6 in lower case, its longest run of zeros left
 * out; a network of one address as the address), or null where the text is none or has host bits.
 */
export function canonicalNetwork(entry: string): string | null {
  const network = parseNetwork(entry);
  if (network === null) return null;
  const hostBits = BigInt(BITS - network.prefix);
  if ((network.start >> hostBits) << hostBits !== network.start) return null;
  const isFour = isIpv4(network.start) && network.prefix >= BITS - IPV4_BITS;
  const text = isFour ? ipv4Text(network.start & 0xffffffffn) : ipv6Text(network.start);
  const width = isFour ? IPV4_BITS : BITS;
  const length = network.prefix - (BITS - width);
  return length === width ? text : `${text}/${length}`;
}

function ipv4Text(number: bigint): string {
  return [24n, 16n, 8n, 0n].map((shift) => String((number >> shift) & 0xffn)).join('.');
}

function ipv6Text(number: bigint): string {
  const groups = Array.from({ length: GROUPS }, (_, index) =>
    ((number >> BigInt(16 * (GROUPS - 1 - index))) & 0xffffn).toString(16),
  );
  const [run] = `:${groups.join(':')}:`
    .match(/(?::0(?=:)){2,}/g)
    ?.toSorted((one, other) => other.length - one.length) ?? [''];
  if (run === undefined || run === '') return groups.join(':');
  const text = `:${groups.join(':')}:`.replace(run, ':');
  return text.replace(/^:(?!:)/, '').replace(/(?<!:):$/, '');
}

interface Network {
  readonly start: bigint;
  /** Of 128 bits. */
  readonly prefix: number;
}

function parseNetwork(entry: string): Network | null {
  const [address = '', length, ...rest] = entry.split('/');
  const start = parseIpAddress(address);
  if (start === null || rest.length > 0) return null;
  if (length === undefined) return { start, prefix: BITS };
  const width = IPV4.test(address) ? IPV4_BITS : BITS;
  if (!PREFIX.test(length) || Number(length) > width) return null;
  return { start, prefix: BITS - width + Number(length) };
}

function isIpv4(address: bigint): boolean {
  return address >> BigInt(IPV4_BITS) === IPV4_START >> BigInt(IPV4_BITS);
}

function ipv4Number(text: string): bigint {
  return text.split('.').reduce((number, octet) => number * 256n + BigInt(octet), 0n);
}

function parseIpv6(text: string): bigint | null {
  const hex = withoutDots(text);
  const halves = hex?.split('::') ?? [];
  const [head, tail] = halves.map(groupsIn);
  if (head === undefined || head === null || tail === null || halves.length > 2) return null;
  const missing = GROUPS - head.length - (tail?.length ?? 0);
  if (tail === undefined ? missing !== 0 : missing < 1) return null;
  const groups = [...head, ...Array.from({ length: missing }, () => '0'), ...(tail ?? [])];
  return groups.reduce((number, group) => number * 65_536n + BigInt(`0x${group}`), 0n);
}

/** The last 32 bits may be written as an IPv4 address (RFC 4291): turned into two groups. */
function withoutDots(text: string): string | null {
  if (!text.includes('.')) return text;
  const [, start = '', dotted = ''] = EMBEDDED_IPV4.exec(text) ?? [];
  if (!IPV4.test(dotted)) return null;
  const number = ipv4Number(dotted);
  return `${start}${(number >> 16n).toString(16)}:${(number & 0xffffn).toString(16)}`;
}

function groupsIn(half: string): readonly string[] | null {
  if (half === '') return [];
  return HEX_GROUPS.test(half) ? half.split(':') : null;
}

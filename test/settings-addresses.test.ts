import { BlockList, isIP } from 'node:net';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isCovered, parseIpAddress } from '../src/settings/ip-address.js';

const anyAddress = fc.oneof(
  fc.ipV4(),
  fc.ipV6(),
  fc.ipV4().map((address) => `::ffff:${address}`),
  fc.ipV4().map((address) => `::FFFF:${hexOf(address)}`),
);

/** An address with a character put in, taken out or replaced: most are none any more. */
const nearlyAnAddress = fc
  .tuple(
    anyAddress,
    fc.nat(45),
    fc.nat(1),
    fc.string({ unit: fc.constantFrom('0', ':', '.', 'f', '/', ' ', 'g'), maxLength: 2 }),
  )
  .map(([address, at, taken, put]) => address.slice(0, at) + put + address.slice(at + taken));

/** Networks that are likely to hold the address: those it is in, and those of another one. */
const addressAndEntry = fc
  .tuple(anyAddress, anyAddress, fc.boolean(), fc.nat(128))
  .map(([address, other, isOwn, length]) => [address, `${isOwn ? address : other}/${length}`] as const);

function hexOf(address: string): string {
  const [a = 0, b = 0, c = 0, d = 0] = address.split('.').map(Number);
  return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
}

function numberOf(text: string): bigint {
  const number = parseIpAddress(text);
  if (number === null) throw new Error(`${text} is no address`);
  return number;
}

const covers = (entry: string, address: string): boolean => isCovered(numberOf(address), entry);

/** What Node itself says of an address and a network, null where the network is none. */
function nodeCovers(entry: string, address: string): boolean | null {
  const [start = '', length = ''] = entry.split('/');
  const list = new BlockList();
  try {
    list.addSubnet(start, Number(length), isIP(start) === 4 ? 'ipv4' : 'ipv6');
  } catch {
    return null;
  }
  return list.check(address, isIP(address) === 4 ? 'ipv4' : 'ipv6');
}

/** The first address of a network, so that it has no host bits, written without a shortcut. */
function firstOf(address: string, length: number): string {
  const hostBits = BigInt(128 - length);
  const start = ((numberOf(address) >> hostBits) << hostBits).toString(16).padStart(32, '0');
  return start.match(/.{4}/g)?.join(':') ?? '';
}

describe('an IP address', () => {
  test('is what Node takes for one, but for zones', () => {
    fc.assert(
      fc.property(fc.oneof(anyAddress, nearlyAnAddress, fc.string()), (text) => {
        if (!text.includes('%')) expect(parseIpAddress(text) !== null, text).toBe(isIP(text) !== 0);
      }),
      { numRuns: 2000 },
    );
    expect(parseIpAddress('fe80::1%eth0')).toBeNull();
  });

  test.each([
    ['192.0.2.7', '::ffff:192.0.2.7'],
    ['192.0.2.7', '::FFFF:c000:0207'],
    ['2001:db8::1', '2001:0DB8:0:0:0:0:0:1'],
    ['::', '0:0:0:0:0:0:0:0'],
    ['1::', '1:0::0:0'],
    ['64:ff9b::192.0.2.7', '64:ff9b::c000:207'],
  ])('%s is the same as %s', (one, other) => {
    expect(numberOf(one)).toBe(numberOf(other));
    expect(covers(one, other) && covers(other, one)).toBe(true);
  });

  test.each([
    '',
    ' 192.0.2.7',
    '192.0.2',
    '192.0.2.256',
    '192.0.2.07',
    '192.0.2.7:5001',
    '192.0.2.7/32',
    '[::1]',
    ':::',
    '1:2:3:4:5:6:7:8::',
    '1::2::3',
    '::1.2.3.4.5',
    '1.2.3.4::',
    'pbx.example.com',
  ])('“%s” is none', (text) => {
    expect(parseIpAddress(text)).toBeNull();
  });
});

describe('an entry of an address list', () => {
  test('covers nothing that Node says it does not', () => {
    fc.assert(
      fc.property(addressAndEntry, ([address, entry]) => {
        if (covers(entry, address)) expect(nodeCovers(entry, address), entry).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  test('that is a network covers exactly what Node says it does', () => {
    fc.assert(
      fc.property(anyAddress, fc.nat(128), anyAddress, (address, length, other) => {
        const network = `${firstOf(address, length)}/${length}`;
        for (const asked of [address, other]) {
          const isMixed = length < 96 && numberOf(asked) >> 32n === 0xffffn;
          expect(covers(network, asked), `${network} ${asked}`).toBe(
            !isMixed && nodeCovers(network, asked) === true,
          );
        }
      }),
      { numRuns: 2000 },
    );
  });

  test('that is an IPv4 network covers the first and the last of its addresses, and not their neighbours', () => {
    const inside = ['192.168.10.0', '192.168.10.255', '::ffff:192.168.10.77'];
    const outside = ['192.168.9.255', '192.168.11.0', '10.0.0.1', '::1', '::192.168.10.1'];
    for (const entry of ['192.168.10.0/24', '::ffff:192.168.10.0/120']) {
      expect(inside.map((address) => covers(entry, address))).toEqual([true, true, true]);
      expect(outside.map((address) => covers(entry, address))).toEqual(Array(5).fill(false));
    }
    expect(covers('0.0.0.0/0', '203.0.113.9')).toBe(true);
    expect(covers('::/0', '2001:db8::1')).toBe(true);
  });

  test.each([
    ['a network with host bits', '203.0.113.9/24'],
    ['a dotted mask', '203.0.113.0/255.255.255.0'],
    ['a range', '203.0.113.1-203.0.113.20'],
    ['a wildcard', '203.0.113.*'],
    ['a host name', 'office.example.com'],
    ['every IPv6 address', '::/0'],
    ['too long a prefix', '203.0.113.9/33'],
    ['no prefix', '203.0.113.9/'],
    ['a prefix with a zero in front', '203.0.113.0/024'],
    ['two prefixes', '203.0.113.9/32/32'],
    ['spaces', ' 203.0.113.9'],
    ['nothing', ''],
  ])('of which one cannot be sure covers no IPv4 address: %s', (_, entry) => {
    expect(covers(entry, '203.0.113.9')).toBe(false);
  });
});

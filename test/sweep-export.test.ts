import fc from 'fast-check';
import { expect, test } from 'vitest';
import { visible } from '../src/settings/text.js';
import { reportCsv, reportExport } from '../src/drift/export.js';
import type { SweepReport } from '../src/drift/queries.js';
import { type Inspected, reportOf } from '../src/drift/report.js';
import type { Rule } from '../src/baseline/rules.js';

const PNG = `data:image/png;base64,${Buffer.from('\u0089PNG\r\n\u001a\n0000', 'latin1').toString('base64')}`;
const rule = (key: string, value: Rule['value']): Rule => ({ key, value, mode: 'enforce', target: 'all' });
const nameOf = (id: string): string => `Site ${id}`;

function found(...inspected: Partial<Inspected>[]): SweepReport {
  const whole = inspected.map((one, index) => ({
    pbxId: `pbx-${index}`,
    findings: [],
    outcomes: [],
    failure: null,
    ...one,
  }));
  const sweep = {
    id: 's1',
    number: 7,
    cause: { kind: 'schedule', slot: '2026-01-01T02:00:00.000Z' },
    state: 'finished',
    revision: 3,
    baselineVersion: 2,
    startedAt: '2026-01-01T02:00:00.000Z',
    finishedAt: '2026-01-01T02:01:00.000Z',
    hold: null,
    totals: null,
  } as const;
  return { sweep, report: reportOf(whole) };
}

/** CSV as RFC 4180 has it, read by a reader of our own. */
function cellsOf(csv: string): readonly (readonly string[])[] {
  const rows: string[][] = [[]];
  for (const match of csv.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/g)) {
    rows.at(-1)?.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? '');
    if (match[3] === '\r\n') rows.push([]);
  }
  return rows.slice(0, -1);
}

function drifted(
  key: string,
  value: Rule['value'],
  live: Rule['value'],
  because?: string,
): Partial<Inspected> {
  const author = {
    name: '=cmd()',
    ip: '203.0.113.7',
    at: '2026-01-01T01:00:00.000Z',
    source: 'pbx-audit-log',
  } as const;
  return {
    findings: [{ status: 'drifted', rule: rule(key, value), live, author }],
    withheld: because === undefined ? [] : [{ key, why: 'window', because }],
  };
}

test('the export has one row a setting, and one for a PBX of which nothing is known', () => {
  const report = found(
    {
      inSync: ['EnableChat'],
      ...drifted('BrandUrl', 'https://a.example', '', 'it is outside of its change windows'),
    },
    { failure: 'an unexpected error, see the log' },
    { skipped: 'paused until tomorrow' },
    {},
  );
  const [head = [], ...rows] = cellsOf(reportCsv(report, { nameOf }));
  const column = (row: readonly string[], name: string): string | undefined => row[head.indexOf(name)];

  expect(rows.map((row) => [column(row, 'pbx_name'), column(row, 'setting'), column(row, 'status')])).toEqual(
    [
      ['Site pbx-0', 'BrandUrl', 'drifted'],
      ['Site pbx-0', 'EnableChat', 'in-sync'],
      ['Site pbx-1', '', 'not-inspected'],
      ['Site pbx-2', '', 'skipped'],
      ['Site pbx-3', '', 'no-rule'],
    ],
  );
  expect(column(rows[0] ?? [], 'withheld')).toBe('window');
  expect(column(rows[0] ?? [], 'author')).toBe("'=cmd()");
  expect(reportExport(report, { nameOf })).toMatchObject({
    sweep: { number: 7 },
    totals: { checked: 2, pbxs: 4, failedPbxs: 1, skippedPbxs: 1 },
    pbxs: [
      { pbxId: 'pbx-0', name: 'Site pbx-0', lines: [{ key: 'BrandUrl', status: 'drifted' }] },
      {},
      {},
      {},
    ],
  });
});

test('a picture stands in an export as its type, size and hash, never as itself', () => {
  const report = found(drifted('BrandLogoImage', null, PNG));
  const whole = reportCsv(report, { nameOf }) + JSON.stringify(reportExport(report, { nameOf }));

  expect(whole).not.toContain(PNG.slice(30));
  expect(whole).toContain('sha256');
});

test('long texts and lists stand whole in the table', () => {
  const url = `https://a.example/${'x'.repeat(400)}`;
  const addresses = Array.from({ length: 50 }, (_, index) => `192.0.2.${index}`);
  const report = found(drifted('BrandUrl', url, `-${url}`), drifted('IpWhitelist', addresses, ['=1+1']));
  const [head = [], ...rows] = cellsOf(reportCsv(report, { nameOf }));
  const column = (name: string) => rows.map((row) => row[head.indexOf(name)]);

  expect(column('baseline')).toEqual([url, addresses.join(', ')]);
  expect(column('live')).toEqual([`'-${url}`, "'=1+1"]);
});

test('no text of a PBX becomes a formula or breaks a row, and every text can be read back', () => {
  const dangerous = fc.constantFrom('=', '+', '-', '@', '\t=', '\r\n=', ' =', '"', ',', '\n');
  fc.assert(
    fc.property(dangerous, fc.string({ unit: 'grapheme' }), (beginning, rest) => {
      const text = beginning + rest;
      const [head = [], cells = []] = cellsOf(reportCsv(found({ failure: text }), { nameOf }));
      const cell = cells[head.indexOf('because')] ?? '';
      expect([visible(text), `'${visible(text)}`]).toContain(cell);
      if (!/^-?\d+(\.\d+)?$/.test(cell)) expect(cell).not.toMatch(/^\s*[=+\-@]/);
    }),
  );
});

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { validate } from 'dockerfile-utils';
import { expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { onlyOne, readDockerfile, wordsOf } from '../deploy/dockerfile.js';

const dockerfile = readFileSync('Dockerfile', 'utf8');
const instructions = readDockerfile(dockerfile);
const unit = readFileSync('deploy/plumbline.service', 'utf8');

const Compose = z.object({
  services: z.object({
    plumbline: z.object({
      healthcheck: z.object({ test: z.array(z.string()) }),
      user: z.string(),
      read_only: z.literal(true),
      cap_drop: z.tuple([z.literal('ALL')]),
      secrets: z.array(z.string()),
    }),
  }),
  secrets: z.record(z.string(), z.strictObject({ file: z.string() })),
});
const compose = Compose.parse(parse(readFileSync('compose.yml', 'utf8')));

/** Its own checker is the judge of a unit; a machine without systemd has none. */
const hasSystemd = spawnSync('systemd-analyze', ['--version']).status === 0;

test('the Dockerfile has no fault that a linter finds', () => {
  expect(validate(dockerfile)).toEqual([]);
});

test('nothing reaches the image but what is copied by name, so no secret does', () => {
  const copied = instructions
    .filter(({ name, rest }) => name === 'COPY' && !rest.startsWith('--from'))
    .flatMap(({ rest }) => rest.split(/\s+/).slice(0, -1));
  const [first, ...allowed] = readFileSync('.dockerignore', 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));

  expect(first).toBe('*');
  expect(allowed.map((line) => line.slice(1))).toEqual([...new Set(copied)].toSorted());
  expect(instructions.map(({ name }) => name)).not.toContain('ARG');
  expect(instructions.map(({ name }) => name)).not.toContain('ADD');
});

test('the image serves as a user without rights', () => {
  expect(onlyOne(instructions, 'USER').rest).toBe(compose.services.plumbline.user);
  expect(onlyOne(instructions, 'USER').rest).not.toMatch(/^(root|0)\b/);
  expect(wordsOf(onlyOne(instructions, 'CMD'))).toEqual(['serve']);
});

test('compose asks for the health of the image, and takes every secret from a file', () => {
  const { healthcheck, secrets } = compose.services.plumbline;
  expect(healthcheck.test).toEqual(['CMD', ...wordsOf(onlyOne(instructions, 'HEALTHCHECK'))]);
  expect(Object.keys(compose.secrets)).toEqual(secrets);
});

test.skipIf(!hasSystemd)('systemd understands every line of the unit', () => {
  const folder = mkdtempSync(join(tmpdir(), 'plumbline-unit-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'plumbline.service');
  writeFileSync(path, unit.replace('/usr/bin/node', process.execPath));

  expect(spawnSync('systemd-analyze', ['verify', path], { encoding: 'utf8' })).toMatchObject({
    status: 0,
    stderr: '',
  });
});

test('the unit leaves Plumbline the time it takes to stop, and reloads by the signal it listens to', () => {
  const serve = readFileSync('src/cli/serve.ts', 'utf8');
  const stopWithinMs = Number(/STOP_WITHIN_MS = ([\d_]+)/.exec(serve)?.[1]?.replace('_', ''));
  const seconds = Number(/^TimeoutStopSec=(\d+)s$/m.exec(unit)?.[1]);

  expect(seconds * 1000).toBeGreaterThan(stopWithinMs);
  expect(unit).toMatch(/^ExecReload=\/bin\/kill -HUP \$MAINPID$/m);
});

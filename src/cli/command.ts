import { type Command, InvalidArgumentError } from 'commander';
import type { Actor, Role } from '../ctx.js';
import { harmlessJson, visible, visibleLines } from '../settings/text.js';
import type { ExitCode, Opened, World } from './world.js';

/** Where the commands are registered and where they leave the exit code of the process. */
export interface Shell {
  readonly program: Command;
  readonly world: World;
  exitCode: ExitCode;
}

/** Opens Plumbline for one command and closes it again; what `work` returns becomes the exit code. */
export async function withPlumbline(shell: Shell, work: (app: Opened) => Promise<ExitCode>): Promise<void> {
  const app = await shell.world.open();
  try {
    shell.exitCode = await work(app);
  } finally {
    await app.stop();
  }
}

/** The person at the terminal, as requests and the audit log name them. Roles are Slack's; here there are none. */
export function operatorOf(world: World): { readonly actor: Actor; readonly roles: ReadonlySet<Role> } {
  return { actor: { kind: 'operator', id: world.user }, roles: new Set() };
}

/** Writes a value as JSON to standard output. */
export function printJson(world: World, value: unknown): void {
  world.out(`${harmlessJson(JSON.stringify(value, null, 2))}\n`);
}

/** Writes lines to standard error; whatever would break or steer one is a visible mark. */
export function notice(world: Pick<World, 'err'>, lines: readonly string[]): void {
  world.err(lines.map((line) => `${visible(line)}\n`).join(''));
}

/**
 * A world to whose output nothing gets that a terminal obeys: the last look at all that is written, where lines may be the
 * text's own. JSON and CSV keep their values, since those who make them write such characters as escapes or marks.
 */
export function harmless(world: World): World {
  return {
    ...world,
    out: (text) => world.out(visibleLines(text)),
    err: (text) => world.err(visibleLines(text)),
  };
}

/** Writes lines to standard output; whatever would break or steer one is a visible mark. */
export function printLines(world: World, lines: readonly string[]): void {
  world.out(lines.map((line) => `${visible(line)}\n`).join(''));
}

/** Rows as lines with their cells below each other, two spaces apart. */
export function table(cells: readonly (readonly string[])[], indent = ''): readonly string[] {
  const rows = cells.map((row) => row.map(visible));
  const widths = rows.reduce<number[]>(
    (widest, row) => row.map((cell, index) => Math.max(widest[index] ?? 0, cell.length)),
    [],
  );
  return rows.map((row) => {
    const cells = row.map((cell, index) => cell.padEnd(widths[index] ?? 0));
    return `${indent}${cells.join('  ')}`.trimEnd();
  });
}

/** Who did something, for people: `operator:ann`, `slack:U0ANN`. */
export function actorWords(actor: Actor): string {
  return `${actor.kind}:${actor.id}`;
}

/** Parses an option that takes a whole number of at least `least`. Throws commander's error for anything else. */
export function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= least && value <= Number.MAX_SAFE_INTEGER) return value;
    throw new InvalidArgumentError(`It is not a whole number from ${least} on.`);
  };
}

/** Parses the number of a baseline version, as `3` or `v3`. Throws commander's error for anything else. */
export function versionNumber(least: number): (text: string) => number {
  return (text) => wholeNumber(least)(text.replace(/^v(?=\d)/i, ''));
}

/** Parses an argument that is the number of a request, as `12` or `#12`. Throws commander's error for anything else. */
export function requestNumber(text: string): number {
  return wholeNumber(1)(text.replace(/^#/, ''));
}

/** Text to append to a command's help. */
export function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  $ plumbline ${line}`).join('\n')}\n`;
}

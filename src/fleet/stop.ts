import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { record } from '../audit/record.js';
import { type Actor, type Ctx, timestamp } from '../ctx.js';
import { UserError } from '../errors.js';
import { timeWords } from '../settings/time-words.js';
import { deleteStopRow, findStopRow, saveStopRow, type Stop } from './stop-store.js';

export type { Stop } from './stop-store.js';

type StopCtx = Pick<Ctx, 'db' | 'now' | 'stopFile' | 'log'>;

const MOST_REASON = 500;
const SUBJECT = { kind: 'stop', id: 'all' } as const;

/**
 * Whether everything is stopped. The file or the row is enough, and so is a place that cannot be looked at: what cannot be
 * known counts as stopped.
 */
export async function findStop({ db, stopFile }: Pick<StopCtx, 'db' | 'stopFile'>): Promise<Stop | null> {
  const inFile = stopInFile(stopFile);
  if (inFile !== null) return inFile;
  try {
    return await findStopRow(db);
  } catch (error) {
    return unsure(`the database cannot be read (${messageOf(error)})`);
  }
}

/** A stop in words that can follow “nothing is written:”. */
export function stopWords({ since, by, reason }: Stop): string {
  const when = since === '' ? '' : ` since ${timeWords(since)}`;
  return `everything is stopped${when} by ${by}: ${reason}`;
}

/** Where a stop could be noted. */
export interface StopNoted {
  readonly isInFile: boolean;
  readonly isInDatabase: boolean;
}

/**
 * Stops all writes to PBXs at once, on every process that shares the file or the database. Works with a database that
 * cannot be written, and says so; throws `UserError` where neither file nor database could take it.
 */
export async function stopEverything(ctx: StopCtx, actor: Actor, reason: string): Promise<StopNoted> {
  checkReason(reason);
  const stop: Stop = { since: timestamp(ctx), by: actor.id, reason: reason.trim() };
  const isInFile = await isDone(ctx, () => writeFile(ctx.stopFile, stop));
  const isInDatabase = await isDone(ctx, () => writeRow(ctx, actor, stop));
  if (isInFile || isInDatabase) return { isInFile, isInDatabase };
  throw new UserError('conflict', `Neither ${ctx.stopFile} nor the database can be written.`, {
    mend: 'Nothing was stopped. End the process, or make one of them writable.',
  });
}

/**
 * Stops all writes wherever the file is seen, with nothing but the file: for where neither configuration nor database can
 * be opened. Throws `UserError` where it cannot be written either.
 */
export function stopByFile(path: string, { since, by, reason }: Stop): void {
  checkReason(reason);
  try {
    writeFile(path, { since, by, reason: reason.trim() });
  } catch (error) {
    throw new UserError('conflict', `Nothing was stopped: ${path} cannot be written (${messageOf(error)}).`, {
      mend: 'End the process, or make that file by hand.',
    });
  }
}

/**
 * Ends the stop that somebody saw, which `since` names, and returns the one that is still in force: another machine may
 * have noted its own in the database. Throws where the database or the file does not take it, and where another stop came
 * since; then everything stays stopped.
 */
export async function endStop(ctx: StopCtx, actor: Actor, since?: string): Promise<Stop | null> {
  const stop = await findStop(ctx);
  if (stop === null) throw new UserError('conflict', 'Nothing is stopped.');
  if (since !== undefined && since !== stop.since) {
    throw new UserError('conflict', 'Somebody stopped everything anew meanwhile.', {
      mend: `Look again: ${stopWords(stop)}.`,
    });
  }
  const file = contentOf(ctx.stopFile);
  try {
    await ctx.db.transaction().execute(async (tx) => {
      if ((await findStopRow(tx))?.since === stop.since || file === null) await deleteStopRow(tx);
      const at = timestamp(ctx);
      await record(tx, { at, actor, action: 'stop.ended', subject: SUBJECT, detail: { ...stop } });
      rmSync(ctx.stopFile, { force: true });
    });
  } catch (error) {
    if (file !== null && !existsSync(ctx.stopFile)) writeFileSync(ctx.stopFile, file);
    throw new UserError('conflict', `The stop could not be ended: ${messageOf(error)}`, {
      mend: 'Everything stays stopped. Make the database and the stop file writable, then try again.',
    });
  }
  return findStop(ctx);
}

/** What the stop file holds, nothing where that cannot be read, or null where there is none. */
function contentOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return existsSync(path) ? '' : null;
  }
}

function checkReason(reason: string): void {
  if (reason.trim() === '') {
    throw new UserError('invalid', 'A reason is missing.', { field: 'reason', mend: 'Say why.' });
  }
  if (reason.length <= MOST_REASON) return;
  const message = `The reason is longer than ${MOST_REASON} characters.`;
  throw new UserError('invalid', message, { field: 'reason', mend: 'Say it in fewer words.' });
}

async function writeRow(ctx: StopCtx, actor: Actor, stop: Stop): Promise<void> {
  const { since, reason } = stop;
  await ctx.db.transaction().execute(async (tx) => {
    await saveStopRow(tx, stop);
    await record(tx, { at: since, actor, action: 'stop.begun', subject: SUBJECT, detail: { reason } });
  });
}

function writeFile(path: string, stop: Stop): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${JSON.stringify(stop)}\n`);
}

/** Whatever the file holds, its existence is the stop; an administrator may simply `touch` it. */
function stopInFile(path: string): Stop | null {
  const seen = look(path);
  if (seen === 'absent') return null;
  if (seen !== 'there') return unsure(`the stop file cannot be looked at (${seen.because})`);
  const unsaid = { since: '', by: 'whoever made the file', reason: `the file ${path} exists` };
  try {
    return { ...unsaid, ...textsIn(JSON.parse(readFileSync(path, 'utf8'))) };
  } catch {
    return unsaid;
  }
}

function look(path: string): 'there' | 'absent' | { readonly because: string } {
  try {
    return statSync(path, { throwIfNoEntry: false }) === undefined ? 'absent' : 'there';
  } catch (error) {
    const isNowhere = error instanceof Error && 'code' in error && error.code === 'ENOTDIR';
    return isNowhere ? 'absent' : { because: messageOf(error) };
  }
}

/** Somebody may have written anything into the file. */
function textsIn(stop: unknown): Partial<Stop> {
  if (typeof stop !== 'object' || stop === null) return {};
  const texts = Object.entries(stop).filter(
    ([name, value]) =>
      ['by', 'reason', 'since'].includes(name) && typeof value === 'string' && value.trim() !== '',
  );
  const { since, ...rest } = Object.fromEntries(texts);
  return Number.isNaN(Date.parse(since ?? '')) ? rest : { ...rest, since };
}

function unsure(reason: string): Stop {
  return { since: '', by: 'plumbline', reason };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function isDone(ctx: StopCtx, work: () => void | Promise<void>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    ctx.log.error({ err: error }, 'the stop could not be noted in one of its places');
    return false;
  }
}

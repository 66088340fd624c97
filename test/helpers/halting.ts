import { rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { CompiledQuery } from 'kysely';
import type { Ctx } from '../../src/ctx.js';
import type { Handle } from './pbx-proxy.js';

/** Lets the database be read, and no longer written, or written again. */
export async function makeReadOnly({ db }: Pick<Ctx, 'db'>, isReadOnly = true): Promise<void> {
  await db.executeQuery(CompiledQuery.raw(`pragma query_only = ${isReadOnly ? 'on' : 'off'}`));
}

/** Takes away the folder with the database and the stop file while both are in use. */
export function deleteFolder({ stopFile }: Pick<Ctx, 'stopFile'>): void {
  rmSync(dirname(stopFile), { recursive: true });
}

/** A handle that does something once, right before the nth request of a method reaches the PBX, or right after it. */
export function atRequest(
  method: 'GET' | 'PATCH',
  when: 'before' | 'after',
  act: () => void | Promise<void>,
): Handle & { arm(): void; readonly fired: Promise<void> } {
  let noteFired = (): void => undefined;
  const fired = new Promise<void>((resolve) => (noteFired = resolve));
  const state = { isArmed: false };
  const handle: Handle = async (asked, forward) => {
    const isMeant = state.isArmed && asked.method === method && asked.path.includes('/xapi/');
    if (!isMeant) return forward();
    state.isArmed = false;
    if (when === 'before') await act();
    const passed = await forward();
    if (when === 'after') await act();
    noteFired();
    return passed;
  };
  return Object.assign(handle, { fired, arm: () => void (state.isArmed = true) });
}

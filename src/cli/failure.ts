import { UserError, UserErrors } from '../errors.js';
import { visible } from '../settings/text.js';
import type { World } from './world.js';

/** Says on standard error what went wrong: all of a person's mistakes with their mends, of a defect one line. */
export function reportFailure(world: World, error: unknown): void {
  for (const single of error instanceof UserErrors ? error.errors : [error])
    world.err(paragraph(world, single));
}

function paragraph(world: World, error: unknown): string {
  if (error instanceof UserError) return `plumbline: ${visible(error.message)}\n${indented(error.mend)}`;
  const message = error instanceof Error ? error.message : String(error);
  const [first = 'an unexpected error'] = message.split('\n');
  if (world.isDebugging()) return `plumbline: ${error instanceof Error ? (error.stack ?? first) : first}\n`;
  return `plumbline: ${visible(first)}\n${indented('This was not expected; PLUMBLINE_LOG_LEVEL=debug shows where it happened.')}`;
}

function indented(mend: string | undefined): string {
  return mend === undefined || mend === '' ? '' : `  ${visible(mend)}\n`;
}

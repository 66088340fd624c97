import { UserError } from '../errors.js';
import type { Sink, World } from './world.js';

/** Opens the file that `field` names, an option of a command. Throws `UserError` where it is there already or cannot be made. */
export async function openOutput(
  world: World,
  path: string,
  {
    field,
    isReplacing,
    mode,
  }: { readonly field: string; readonly isReplacing: boolean; readonly mode?: number },
): Promise<Sink> {
  try {
    return await world.createFile(path, isReplacing, mode);
  } catch (error) {
    const isThere = error instanceof Error && 'code' in error && error.code === 'EEXIST';
    if (isThere) {
      throw new UserError('conflict', `The file “${path}” is already there.`, {
        field,
        mend: 'Name another one, or replace it with --force.',
      });
    }
    throw new UserError('invalid', `The file “${path}” cannot be written.`, {
      field,
      mend: 'Name a file in a folder that is there and that you may write to.',
    });
  }
}

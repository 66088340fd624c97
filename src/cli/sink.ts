import { open, unlink } from 'node:fs/promises';
import type { Sink } from './world.js';

/** Makes a file of the real file system, with the rights that the process gives to new files or with those of `mode`. */
export async function createFile(path: string, isReplacing: boolean, mode?: number): Promise<Sink> {
  const file = await open(path, isReplacing ? 'w' : 'wx', mode);
  // A file that was there keeps its own rights otherwise.
  if (mode !== undefined) await file.chmod(mode);
  return {
    write: (text) => file.appendFile(text),
    close: () => file.close(),
    async discard() {
      await file.close();
      if (!isReplacing) await unlink(path);
    },
  };
}

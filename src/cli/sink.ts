import { open, unlink } from 'node:fs/promises';
import type { Sink } from './world.js';

/** Makes a file of the real file system, with the rights that the process gives to new files. */
export async function createFile(path: string, isReplacing: boolean): Promise<Sink> {
  const file = await open(path, isReplacing ? 'w' : 'wx');
  return {
    write: (text) => file.appendFile(text),
    close: () => file.close(),
    async discard() {
      await file.close();
      if (!isReplacing) await unlink(path);
    },
  };
}

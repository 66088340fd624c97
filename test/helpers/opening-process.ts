import { setTimeout as sleep } from 'node:timers/promises';
import { openSqliteFile } from '../../src/storage/database.js';

// Opens new databases at the same moments as other processes that were given the same folder and beginning.
const [folder = '', begin = '0', files = '0'] = process.argv.slice(2);
const EVERY_MS = 20;

for (let file = 0; file < Number(files); file += 1) {
  await sleep(Number(begin) + file * EVERY_MS - Date.now());
  openSqliteFile(`${folder}/${file}.db`).close();
}

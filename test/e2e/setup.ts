import { mkdir, rm } from 'node:fs/promises';
import { ARTIFACTS, browserPath } from './browser.js';

/** Makes room for pictures, and says in one line where there is no browser to take them with. */
export async function setup(): Promise<void> {
  if (browserPath() === null) {
    process.stdout.write(
      'The browser tests are skipped: there is no Chromium here. Install it (apt-get install chromium) or name one in CHROMIUM.\n',
    );
    return;
  }
  await rm(ARTIFACTS, { recursive: true, force: true });
  await mkdir(ARTIFACTS, { recursive: true });
}

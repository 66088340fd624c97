import { test } from 'vitest';
import { WORDS, fillAuditLog } from './helpers/audit-log.js';
import { randomBytes } from 'node:crypto';
test('x', async () => {
  const png = Buffer.concat([Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==','base64'), randomBytes(3000)]).toString('base64');
  for (const [n, v] of [['wrapped', png.replace(/(.{76})/g, '$1\n')], ['trailing newline', png+'\n'], ['param', 'data:image/png;charset=utf-8;base64,'+png]] as const) {
    const log = await fillAuditLog(async (run) => { const a = await run('set', 'BrandLogoImage', v); console.log(n, a.code, a.stderr.slice(0,150)); });
    const out = (await log.run(log.path, 'audit', 'export')).stdout; console.log(n, 'LEAK', out.includes(png.slice(200, 230)), out.length); log.remove();
  }
});

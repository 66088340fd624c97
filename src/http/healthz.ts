import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Ctx } from '../ctx.js';
import { findHealth } from '../jobs/health.js';

/**
 * Answers `GET /healthz` with 200 or 503. The address may be open to the world, so what is wrong is not said here: that is
 * what `plumbline health` is for.
 */
export function healthz(ctx: Ctx): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  return async (_request, response) => {
    const isWell = await findHealth(ctx).then(
      (health) => health.isWell,
      () => false,
    );
    response.writeHead(isWell ? 200 : 503, { 'Content-Type': 'text/plain; charset=utf-8' });
    response.end(isWell ? 'well\n' : 'not well\n');
  };
}

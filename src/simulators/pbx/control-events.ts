import type { ServerResponse } from 'node:http';
import type { Fleet } from './control.js';

/**
 * Answers `/control/events`: server-sent events, `change` with `{"id"}` for every PBX that was asked or changed, until the
 * listener goes. PBXs added later are not followed.
 */
export function streamChanges(fleet: Fleet, response: ServerResponse): void {
  response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
  response.write(': connected\n\n');
  const stops = fleet.all().map((pbx) =>
    pbx.onChange(() => {
      response.write(`event: change\ndata: ${JSON.stringify({ id: pbx.id })}\n\n`);
    }),
  );
  response.once('close', () => {
    for (const stop of stops) stop();
  });
}

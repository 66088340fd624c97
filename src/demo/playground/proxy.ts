import { type IncomingMessage, request, type ServerResponse } from 'node:http';

/** Passes a request on to a simulator and its answer back, a stream of events included. */
export function passOn(target: string, incoming: IncomingMessage, response: ServerResponse): void {
  const { authorization, 'content-type': type } = incoming.headers;
  const outgoing = request(target, {
    method: incoming.method,
    headers: {
      ...(type === undefined ? {} : { 'content-type': type }),
      ...(authorization === undefined ? {} : { authorization }),
    },
  });
  outgoing.once('response', (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  outgoing.once('error', () => {
    if (!response.headersSent) response.writeHead(502);
    response.end();
  });
  response.once('close', () => outgoing.destroy());
  incoming.pipe(outgoing);
}

import { connect, createServer, type Socket } from 'node:net';

/** A connection to the playground that can be cut. */
export interface Line {
  readonly url: string;
  /** Breaks what is connected and lets nobody in. */
  cut(): void;
  mend(): void;
  close(): void;
}

/** Opens a line that leads to an address on this machine. */
export async function openLine(to: string): Promise<Line> {
  const sockets = new Set<Socket>();
  let isCut = false;
  const server = createServer((near) => {
    if (isCut) return void near.destroy();
    const far = connect(Number(new URL(to).port), '127.0.0.1');
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.once('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
    near.pipe(far).pipe(near);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const drop = (): void => sockets.forEach((socket) => socket.destroy());
  return {
    url: `http://localhost:${port}`,
    cut() {
      isCut = true;
      drop();
    },
    mend: () => void (isCut = false),
    close() {
      drop();
      server.close();
    },
  };
}

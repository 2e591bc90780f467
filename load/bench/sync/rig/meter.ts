import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** A relay that counts what it passes on: payload bytes of TCP, both ways. */
export interface Meter {
  /** Where it listens, as host:port. */
  readonly address: string;
  bytes(): number;
  stop(): Promise<void>;
}

/** Starts a relay to `upstream` (host:port). */
export async function startMeter(upstream: string): Promise<Meter> {
  const [host = '', port = ''] = upstream.split(':');
  const sockets = new Set<Socket>();
  let bytes = 0;
  const join = (from: Socket, to: Socket): void => {
    sockets.add(from);
    from.setNoDelay(true);
    from.on('data', (chunk: Buffer) => (bytes += chunk.length));
    from.pipe(to);
    from.on('error', () => to.destroy());
    from.on('close', () => {
      sockets.delete(from);
      to.destroy();
    });
  };
  const server = createServer((near) => {
    const far = connect({ host, port: Number(port) });
    join(near, far);
    join(far, near);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const bound = server.address();
  return {
    address: `127.0.0.1:${bound !== null && typeof bound === 'object' ? bound.port : 0}`,
    bytes: () => bytes,
    async stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

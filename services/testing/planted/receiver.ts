import { once } from 'node:events';
import { createServer } from 'node:http';

/** Whatever is sent there, byte for byte: addresses, headers and bodies. */
export interface Receiver {
  readonly url: string;
  received(): string;
  close(): Promise<void>;
}

/** An HTTP server that takes everything, as a collector does. */
export async function openReceiver(): Promise<Receiver> {
  const kept: string[] = [];
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      kept.push(`${request.url} ${JSON.stringify(request.headers)}\n${Buffer.concat(pieces).toString()}`);
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    received: () => kept.join('\n'),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

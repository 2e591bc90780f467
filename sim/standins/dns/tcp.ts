import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';

import type { Listener } from './udp.ts';

/** No question is longer: a name has 255 octets. Who sends more has something else in mind. */
const maxMessageBytes = 4096;
const idleMs = 10_000;
const maxConnections = 64;
/** Answers that a client does not take; then none of its questions is read. */
const maxUnsentBytes = 64 * 1024;

/**
 * Answers messages over TCP (RFC 7766): two octets of length before each, several on a connection, answers in the order of the questions. Rejects when
 * the port is taken.
 */
export async function listenTcp(port: number, answer: (message: Buffer, address: string) => Buffer | undefined): Promise<Listener> {
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    serve(socket, answer);
  });
  server.maxConnections = maxConnections;
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server is not bound to a TCP port');
  return {
    port: address.port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of open) socket.destroy();
      }),
  };
}

function serve(socket: Socket, answer: (message: Buffer, address: string) => Buffer | undefined): void {
  let unread = Buffer.alloc(0);
  const address = socket.remoteAddress ?? '127.0.0.1';
  socket.setTimeout(idleMs, () => socket.destroy());
  socket.on('error', () => socket.destroy());
  socket.on('drain', () => socket.resume());
  socket.on('data', (chunk: Buffer) => {
    unread = Buffer.concat([unread, chunk]);
    while (unread.length >= 2) {
      const length = unread.readUInt16BE(0);
      if (length > maxMessageBytes) {
        socket.destroy();
        return;
      }
      if (unread.length < 2 + length) break;
      const reply = answer(unread.subarray(2, 2 + length), address);
      unread = unread.subarray(2 + length);
      // A message that is no question has no answer, and a client that sends such would wait for one.
      if (reply === undefined) {
        socket.destroy();
        return;
      }
      const head = Buffer.alloc(2);
      head.writeUInt16BE(reply.length);
      socket.write(Buffer.concat([head, reply]));
    }
    if (socket.writableLength > maxUnsentBytes) socket.pause();
  });
}

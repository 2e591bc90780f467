import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** Sockets of tests: a server to proxy to, and clients that remember what came. */
export interface FarSide {
  readonly port: number;
  readonly address: string;
  /** Connections so far, the oldest first. */
  readonly accepted: readonly Peer[];
  close(): Promise<void>;
}

/** One end of a connection with everything that happened to it. */
export interface Peer {
  readonly socket: Socket;
  readonly chunks: readonly Buffer[];
  received(): Buffer;
  readonly bytes: number;
  /** Event names in order: `end`, an error's code, `close`. */
  readonly events: readonly string[];
  /** When the last bytes came in, in ms. */
  readonly lastDataMs: number;
  /** Resolves once the condition holds; it is judged again after each event. */
  until(condition: (peer: Peer) => boolean): Promise<void>;
}

/** Follows a socket. */
export function follow(socket: Socket): Peer {
  const chunks: Buffer[] = [];
  const events: string[] = [];
  const waiting = new Set<() => void>();
  let lastDataMs = 0;
  const changed = () => {
    for (const check of waiting) check();
  };
  const record = (event: string) => {
    events.push(event);
    changed();
  };
  socket.on('data', (data) => {
    chunks.push(data);
    lastDataMs = performance.now();
    changed();
  });
  socket.on('end', () => record('end'));
  socket.on('error', (error: NodeJS.ErrnoException) => record(error.code ?? error.message));
  socket.on('close', () => record('close'));
  const peer: Peer = {
    socket,
    chunks,
    events,
    received: () => Buffer.concat(chunks),
    get bytes() {
      return chunks.reduce((sum, { length }) => sum + length, 0);
    },
    get lastDataMs() {
      return lastDataMs;
    },
    until: (condition) =>
      new Promise((resolve) => {
        const check = () => {
          if (!condition(peer)) return;
          waiting.delete(check);
          resolve();
        };
        waiting.add(check);
        check();
      }),
  };
  return peer;
}

/** Listens and hands each new connection to `serve`. */
export async function startFarSide(serve: (peer: Peer) => void = () => {}): Promise<FarSide> {
  const accepted: Peer[] = [];
  const server: Server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    const peer = follow(socket);
    accepted.push(peer);
    serve(peer);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  const port = address !== null && typeof address === 'object' ? address.port : 0;
  return {
    port,
    address: `127.0.0.1:${port}`,
    accepted,
    async close() {
      for (const { socket } of accepted) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Lets the event loop, which tests share with the server, go round so often. */
export async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** Resolves when a socket's unsent bytes have stopped to become fewer. */
export async function settled(socket: Socket): Promise<void> {
  for (let before = Number.POSITIVE_INFINITY; socket.writableLength < before; await turns(500)) before = socket.writableLength;
}

/** Writes in pieces, so that `writableLength` tells how much is left. */
export function writePieces(socket: Socket, data: Buffer): void {
  const pieceBytes = 256 * 1024;
  for (let from = 0; from < data.length; from += pieceBytes) socket.write(data.subarray(from, from + pieceBytes));
}

/** Sends back what it gets, and ends when the client does. */
export const echo = ({ socket }: Peer): void => {
  socket.on('data', (data) => socket.write(data));
  socket.on('end', () => socket.end());
};

/** Connects to `host:port`, staying half-open when the other side ends. */
export async function dial(address: string): Promise<Peer> {
  const socket = connect({ host: '127.0.0.1', port: Number(address.split(':').at(-1)), allowHalfOpen: true, noDelay: true });
  const peer = follow(socket);
  await once(socket, 'connect');
  return peer;
}

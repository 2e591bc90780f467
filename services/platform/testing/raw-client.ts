import { connect, type Socket } from 'node:net';

/** A client that writes what it likes, and collects what it is answered. */
export interface RawClient {
  readonly socket: Socket;
  text(): string;
  isClosed(): boolean;
}

export function openRawClient(url: string, first?: string): RawClient {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  let [text, isClosed] = ['', false];
  socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
  socket.on('close', () => (isClosed = true));
  // A reset is an end like any other.
  socket.on('error', () => undefined);
  if (first !== undefined) socket.write(first);
  return { socket, text: () => text, isClosed: () => isClosed };
}

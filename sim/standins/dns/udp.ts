import { createSocket } from 'node:dgram';
import { once } from 'node:events';

export interface Listener {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Answers datagrams on the loopback interface. Rejects when the port is taken. What goes wrong later - a client that is gone - is told to `onError`
 * and ends nothing.
 */
export async function listenUdp(
  port: number,
  answer: (message: Buffer, address: string) => Buffer | undefined,
  onError: (error: Error) => void,
): Promise<Listener> {
  const socket = createSocket('udp4');
  socket.on('message', (message, from) => {
    const reply = from.port === 0 ? undefined : answer(message, from.address);
    if (reply !== undefined) socket.send(reply, from.port, from.address, (error) => error !== null && onError(error));
  });
  socket.bind(port, '127.0.0.1');
  await once(socket, 'listening');
  socket.on('error', onError);
  return {
    port: socket.address().port,
    close: () => new Promise((resolve) => socket.close(resolve)),
  };
}

import { listenTcp } from './tcp.ts';
import { listenUdp, type Listener } from './udp.ts';

export interface Answering {
  readonly answer: (message: Buffer, transport: 'udp' | 'tcp', address: string) => Buffer | undefined;
  readonly onError: (error: Error) => void;
}

const tries = 20;

/** Listens on one port by UDP and TCP; 0 is any that is free for both. Rejects when the port is taken. */
export async function listenBoth(port: number, { answer, onError }: Answering): Promise<Listener> {
  for (let left = tries; ; left -= 1) {
    const tcp = await listenTcp(port, (message, address) => answer(message, 'tcp', address));
    try {
      const udp = await listenUdp(tcp.port, (message, address) => answer(message, 'udp', address), onError);
      return { port: tcp.port, close: async () => void (await Promise.all([tcp.close(), udp.close()])) };
    } catch (error) {
      await tcp.close();
      // Free for TCP and taken for UDP: another may be free for both.
      if (port !== 0 || left <= 1 || !isTaken(error)) throw error;
    }
  }
}

function isTaken(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
}

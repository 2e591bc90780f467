import { createServer, connect, type Socket } from 'node:net';

/** A step of a process, as it shows in the bytes that the process sends. */
export interface Trap {
  /** Seen one after the other on one connection; the last one is the step's request. */
  readonly request: readonly RegExp[];
  /** What makes an answer the step's own, where others look like it: a poll that brought nothing is none. */
  readonly answer?: RegExp;
  /** `request`: the request does not leave. `answer`: the other side has done it, and the answer does not arrive. */
  readonly at: 'request' | 'answer';
  /** The step's request is kept back, and goes on its way when `letGo` is called; otherwise the connection is cut. */
  readonly hold?: boolean;
  /** Ends, or freezes, whom the trap is set for, at once. */
  spring(connection: { readonly backendPid: number | undefined }): void;
}

/** A proxy on one wire of one process, which passes all bytes on until a trap is set and what it waits for comes by. */
export interface Tripwire {
  readonly port: number;
  /** Where it leads, as host:port; may change while nothing is connected. */
  leadTo(address: string): void;
  /** Sets a trap; resolves once it has sprung. */
  set(trap: Trap): Promise<Sprung>;
  close(): Promise<void>;
}

/** A trap that has sprung. */
export interface Sprung {
  /** Sends on what was kept back. */
  letGo(): void;
}

/** Enough of what went before to see a pattern that two chunks share. */
const TAIL = 512;

/** PostgreSQL tells each client its backend: 'K', length 12, process id, secret. */
function backendPidIn(text: string): number | undefined {
  const at = text.indexOf('K\0\0\0\x0c');
  return at === -1 || at + 9 > text.length ? undefined : Buffer.from(text.slice(at + 5, at + 9), 'latin1').readInt32BE(0);
}

export async function openTripwire(address: string): Promise<Tripwire> {
  let upstream = new URL(`tcp://${address}`);
  let armed: { trap: Trap; sprung: (sprung: Sprung) => void } | undefined;
  const sockets = new Set<Socket>();

  const server = createServer((client) => {
    const far = connect(Number(upstream.port), upstream.hostname);
    let [said, heard] = ['', ''];
    let backendPid: number | undefined;
    /** How many of the trap's patterns this connection has shown; the trap for which that holds. */
    let seen = 0;
    let seenFor: Trap | undefined;
    const cut = (): void => {
      client.destroy();
      far.destroy();
    };
    const spring = (chunk?: Buffer): void => {
      const { trap, sprung } = armed ?? {};
      armed = undefined;
      trap?.spring({ backendPid });
      if (trap?.hold !== true) cut();
      else client.pause();
      const letGo = (): void => {
        if (chunk !== undefined && !far.destroyed) far.write(chunk);
        client.resume();
      };
      sprung?.({ letGo });
    };
    for (const socket of [client, far]) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', cut);
      socket.on('close', () => {
        sockets.delete(socket);
        cut();
      });
    }
    client.on('data', (chunk) => {
      const trap = armed?.trap;
      if (trap !== seenFor) [seen, seenFor, said] = [0, trap, ''];
      if (trap !== undefined) {
        said = (said + chunk.toString('latin1')).slice(-TAIL - chunk.length);
        for (let pattern = trap.request[seen]; pattern !== undefined; pattern = trap.request[seen]) {
          const found = pattern.exec(said);
          if (found === null) break;
          said = said.slice(found.index + found[0].length);
          seen += 1;
        }
        if (seen === trap.request.length) {
          heard = '';
          if (trap.at === 'request') return spring(chunk);
        }
      }
      far.write(chunk);
    });
    far.on('data', (chunk) => {
      const text = chunk.toString('latin1');
      backendPid ??= backendPidIn(text);
      const trap = armed?.trap;
      if (trap !== undefined && trap === seenFor && seen === trap.request.length) {
        heard += text;
        if (trap.answer === undefined || trap.answer.test(heard)) return spring();
        // The answer to another request of the kind: wait for the next.
        if (trap.answer !== undefined && /\r\n\r\n/.test(heard)) seen = 0;
      }
      client.write(chunk);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new Error('the tripwire has no port');
  return {
    port: bound.port,
    leadTo(to) {
      upstream = new URL(`tcp://${to}`);
    },
    set: (trap) => new Promise((sprung) => (armed = { trap, sprung })),
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

import { Agent, createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import { pipeline } from 'node:stream/promises';

/** Stands in front of a process and lets it run only while it has requests to answer. */
export interface IdleGate {
  /** Opens an entrance on 127.0.0.1 to what `target` names at each request; answers its `host:port`. */
  open(target: () => string): Promise<string>;
  /** Freezes the process if nothing is under way. */
  settle(): void;
  close(): void;
}

export interface IdleGateDeps {
  readonly freeze: () => void;
  readonly wake: () => void;
}

/** An HTTP/1.1 gate: requests and answers pass unchanged, headers in the form and order in which they came. */
export function createIdleGate({ freeze, wake }: IdleGateDeps): IdleGate {
  const servers: Server[] = [];
  // A connection a request: one kept open would be the process's to close, in a time that does not pass for it.
  const agent = new Agent({ keepAlive: false });
  let underWay = 0;
  let closed = false;

  const settle = (): void => {
    if (underWay === 0 && !closed) freeze();
  };

  async function pass(target: () => string, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    underWay += 1;
    try {
      wake();
      const { hostname: host, port } = new URL(target());
      const { method, url: path } = incoming;
      // The headers as they came, the host among them: peers sign it.
      const forwarded = request({ agent, host, port, method, path, headers: endToEnd(incoming.rawHeaders), setHost: false });
      outgoing.once('close', () => forwarded.destroy());
      const answering = once(forwarded, 'response').then(async ([answer]: IncomingMessage[]) => {
        if (answer === undefined) return;
        outgoing.writeHead(answer.statusCode ?? 502, answer.statusMessage, endToEnd(answer.rawHeaders));
        await pipeline(answer, outgoing);
      });
      await Promise.all([pipeline(incoming, forwarded), answering]);
    } catch {
      // As a connection to a process that is not there: no answer at all.
      outgoing.destroy();
    } finally {
      underWay -= 1;
      settle();
    }
  }

  return {
    async open(target) {
      const server = createServer((incoming, outgoing) => void pass(target, incoming, outgoing));
      servers.push(server);
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      const address = server.address();
      if (address === null || typeof address === 'string') throw new Error('the gate is not bound to a TCP port');
      return `127.0.0.1:${address.port}`;
    },
    settle,
    close() {
      closed = true;
      agent.destroy();
      for (const server of servers) {
        server.close();
        server.closeIdleConnections();
      }
    },
  };
}

const hopByHop = new Set(['connection', 'keep-alive', 'proxy-connection']);

/** Headers without those that belong to one connection (RFC 9110, section 7.6.1), flat as Node hands them over. */
function endToEnd(rawHeaders: readonly string[]): string[] {
  return rawHeaders.filter((_, index) => !hopByHop.has((rawHeaders[index - (index % 2)] ?? '').toLowerCase()));
}

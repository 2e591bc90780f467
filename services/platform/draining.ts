import type { App } from './app.ts';
import type { Connections } from './connections.ts';
import type { Readiness } from './health.ts';

const LOOK_MS = 50;
/** Who has connected has this long for a request, once nobody else can connect. */
const SILENCE_MS = 5_000;

/**
 * Ends kept connections while the service drains, each with its answer, so that no client sends a request into one that is about to close. A listener that closes ends
 * those alone that are idle at that moment, and looks at no time limit any more: one with a request on it, or on which none has come, would stay for as long as its client
 * likes, and the process with it.
 */
export function registerDraining(
  app: App,
  { readiness, connections, requestTimeoutMs }: { readiness: Readiness; connections: Connections; requestTimeoutMs: number },
): void {
  app.addHook('onSend', (request, reply, payload, done) => {
    if (!readiness.draining) return done(null, payload);
    // What was sent behind it has come to be known by then, and is answered as well.
    setImmediate(() => {
      if (connections.underWay(request.raw.socket).length <= 1) reply.header('connection', 'close');
      done(null, payload);
    });
  });
  let timer: NodeJS.Timeout | undefined;
  app.addHook('preClose', async () => {
    const since = performance.now();
    timer = setInterval(() => {
      // Of what was answered in part before.
      app.server.closeIdleConnections();
      const pastMs = performance.now() - since;
      for (const socket of connections.all()) {
        const answers = connections.underWay(socket);
        const isSilent = answers.length === 0 && pastMs > Math.min(SILENCE_MS, requestTimeoutMs);
        const isHalf = answers.some(({ req }) => !req.complete) && pastMs > requestTimeoutMs;
        if (isSilent || isHalf) socket.destroy();
      }
    }, LOOK_MS);
  });
  app.addHook('onClose', async () => clearInterval(timer));
}

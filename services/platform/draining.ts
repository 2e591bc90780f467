import type { App } from './app.ts';
import type { Readiness } from './health.ts';

const LOOK_MS = 50;

/**
 * Ends kept connections while the service drains, each with its answer, so that no client sends a request into one that is about to close. A listener that closes ends
 * those alone that are idle at that moment: one with a request on it would stay for as long as its client keeps it, and the process with it.
 */
export function registerDraining(app: App, readiness: Readiness): void {
  app.addHook('onSend', (_request, reply, payload, done) => {
    if (readiness.draining) reply.header('connection', 'close');
    done(null, payload);
  });
  // Of what was answered in part before.
  let timer: NodeJS.Timeout | undefined;
  app.addHook('preClose', async () => {
    timer = setInterval(() => app.server.closeIdleConnections(), LOOK_MS);
  });
  app.addHook('onClose', async () => clearInterval(timer));
}

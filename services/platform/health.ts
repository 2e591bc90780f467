import type { App } from './app.ts';

/** Decides /readyz: `draining` turns it off before the listener closes; each check names a dependency and throws when it is not there. */
export interface Readiness {
  draining: boolean;
  readonly checks: Readonly<Record<string, () => Promise<void>>>;
}

/** /livez says that the process turns over, without dependencies; /readyz asks each dependency and names those that fail. */
export function registerHealth(app: App, readiness: Readiness): void {
  app.get('/livez', { config: { internal: true } }, async () => ({ status: 'ok' }));
  app.get('/readyz', { config: { internal: true } }, async (_request, reply) => {
    if (readiness.draining) return reply.code(503).send({ status: 'draining' });
    const failing: string[] = [];
    await Promise.all(
      Object.entries(readiness.checks).map(([name, check]) =>
        check().catch((error: unknown) => {
          failing.push(name);
          app.log.warn({ err: error, dependency: name }, 'dependency not ready');
        }),
      ),
    );
    if (failing.length > 0) return reply.code(503).send({ status: 'not ready', failing: failing.sort() });
    return { status: 'ok' };
  });
}

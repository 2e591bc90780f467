import type { App } from './app.ts';
import type { Readiness } from './health.ts';
import type { Logger } from './log.ts';

/** A service that has started: what the process needs to stop it in order. */
export interface RunningService {
  readonly name: string;
  readonly url: string;
  readonly readiness: Readiness;
  /** Takes no new work, finishes what is under way (requests, consumers), then closes what it holds. */
  drain(): Promise<void>;
}

/** Listens on `host:port` (0: any) and announces the bound address as one log line, which a supervisor can read. */
export async function listen(app: App, name: string, host: string, port: number): Promise<string> {
  const url = await app.listen({ host, port });
  app.log.info({ event: 'listening', name, url }, 'listening');
  return url;
}

/** Starts services side by side; each stands in `running` as soon as it takes requests, for who has to stop it before the others are there. */
export async function startAll(starts: readonly (() => Promise<RunningService>)[], running: RunningService[]): Promise<void> {
  await Promise.all(starts.map(async (start) => void running.push(await start())));
}

/**
 * Stops `services` in order: readiness off, a pause of `drainDelayMs` in which load balancers notice, then each one drains. One that fails is
 * logged and does not keep the others from stopping. Resolves to false where something failed or all of it took longer than `limitMs`.
 */
export async function shutDown(
  services: readonly RunningService[],
  options: { log: Logger; drainDelayMs: number; limitMs: number },
): Promise<boolean> {
  // The pause counts, too: the platform waits so long for all of it.
  const limit = new Promise<'late'>((resolve) => setTimeout(resolve, options.limitMs, 'late').unref());
  for (const service of services) service.readiness.draining = true;
  await new Promise((resolve) => setTimeout(resolve, options.drainDelayMs));
  let clean = true;
  const drained = Promise.all(
    services.map((service) =>
      service.drain().catch((error: unknown) => {
        clean = false;
        options.log.error({ err: error, service: service.name }, 'a service did not stop cleanly');
      }),
    ),
  );
  if ((await Promise.race([drained, limit])) === 'late') {
    options.log.error({ limitMs: options.limitMs }, 'draining took too long');
    return false;
  }
  return clean;
}

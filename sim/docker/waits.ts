import type { WaitStrategy } from 'testcontainers';

/** What becomes of containers that are waited for. */
export interface Waited {
  /** Called as soon as the service's container is ready; what it throws counts as not ready. */
  readonly ready: (service: string) => Promise<void>;
  readonly failed: (error: Error) => void;
}

/**
 * A wait strategy that tells what becomes of the container and never fails: where one does, Testcontainers takes all containers down, and the
 * others' readiness is told when all are ready alone.
 */
export function tellingWait(service: string, inner: WaitStrategy, { ready, failed }: Waited): WaitStrategy {
  const outer: WaitStrategy = {
    async waitUntilReady(container, boundPorts, startTime) {
      try {
        await inner.waitUntilReady(container, boundPorts, startTime);
        await ready(service);
      } catch (error) {
        failed(error instanceof Error ? error : new Error(String(error)));
      }
    },
    withStartupTimeout(startupTimeoutMs) {
      inner.withStartupTimeout(startupTimeoutMs);
      return outer;
    },
    isStartupTimeoutSet: () => inner.isStartupTimeoutSet(),
    getStartupTimeout: () => inner.getStartupTimeout(),
  };
  return outer;
}

import { AppError } from './errors.ts';

/** Lets so many in at a time; who comes beyond is sent away at once, and does not wait. */
export interface Bulkhead {
  /** Throws AppError `unavailable` with Retry-After where it is full: `work` has not begun then. */
  enter<Result>(work: () => Promise<Result>): Promise<Result>;
}

/**
 * A share of a service's places for what waits for somebody else, so that it never takes all of them and the rest of the service goes on. `detail` is what who is
 * sent away is told.
 */
export function createBulkhead(most: number, { detail, retryAfterSeconds }: { detail: string; retryAfterSeconds: number }): Bulkhead {
  let inside = 0;
  return {
    async enter(work) {
      if (inside >= most) throw new AppError('unavailable', { detail, headers: { 'retry-after': String(retryAfterSeconds) } });
      inside += 1;
      try {
        return await work();
      } finally {
        inside -= 1;
      }
    },
  };
}

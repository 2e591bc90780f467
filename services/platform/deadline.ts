/** The time that a piece of work has was over before it was done. Whether it has come about all the same, nobody knows. */
export class DeadlinePassed extends Error {
  override readonly name = 'DeadlinePassed';
  readonly code = 'deadline_passed';
}

/** Gives `work` so much time in all. Then its signal aborts, and who waits goes on with DeadlinePassed, whether the work heeds the signal or not. */
export async function within<Result>(timeMs: number, work: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
  const [deadline, passed] = [new AbortController(), Promise.withResolvers<never>()];
  const timer = setTimeout(() => {
    const error = new DeadlinePassed(`not done within ${timeMs} ms`);
    passed.reject(error);
    deadline.abort(error);
  }, timeMs);
  try {
    return await Promise.race([work(deadline.signal), passed.promise]);
  } finally {
    clearTimeout(timer);
  }
}

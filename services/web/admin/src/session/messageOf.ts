import { ProblemError } from '../api/problem.ts';

/** What to tell of a failure: a translation key, or the server's own words. */
export function messageOf(failure: unknown): string {
  if (!(failure instanceof ProblemError)) throw failure;
  return Object.values(failure.body.errors ?? {})[0] ?? failure.message;
}

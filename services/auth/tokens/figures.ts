import { AppError } from '#platform/errors.ts';
import type { Metrics } from '#platform/metrics/metrics.ts';

import type { Proof } from './service.ts';

/** Counts sign-ins, by how they were tried and what became of them. */
export interface SignInFigures {
  /**
   * Does `work`, and counts it: `ok` where it comes to tokens, `refused` where it throws that who asks is not let in. What comes to a second factor is counted when
   * that is answered; throttled requests and faults of ours are neither.
   */
  count<Result extends object>(method: Proof['method'], work: () => Promise<Result>): Promise<Result>;
}

const REFUSALS: ReadonlySet<number> = new Set([401, 403]);

export function createSignInFigures(metrics: Metrics | undefined): SignInFigures {
  const signIns = metrics?.counterBy('sign_ins_total', 'Sign-ins, by method and what became of them', ['method', 'outcome']);
  return {
    async count(proof, work) {
      const method = proof.replace('+', '_');
      try {
        const result = await work();
        if ('accessToken' in result) signIns?.add({ method, outcome: 'ok' });
        return result;
      } catch (error) {
        if (error instanceof AppError && REFUSALS.has(error.status)) signIns?.add({ method, outcome: 'refused' });
        throw error;
      }
    },
  };
}

import { ProblemError } from '../api/problem.ts';
import type { Transport } from '../api/transport.ts';
import type { Session } from './session.ts';

/**
 * A transport that sends each request with the session's token; one that is refused (401) is renewed and tried once more. What the
 * API shows to everybody is asked for without a token when nobody is signed in.
 */
export function withSession(transport: Transport, session: Session): Transport {
  return async (request) => {
    const token = await session.token();
    try {
      return await transport({ ...request, token });
    } catch (error) {
      if (token === undefined || !(error instanceof ProblemError) || error.status !== 401) throw error;
      const renewed = await session.tokenAfter(token);
      if (renewed === undefined) throw error;
      return transport({ ...request, token: renewed });
    }
  };
}

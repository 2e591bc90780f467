import { isObject } from '../api/reading.ts';
import type { Session } from './session.ts';

/**
 * Sends each request with the session's token; one whose token is refused is sent once more with a renewed one. What the API shows to everybody is asked for without a
 * token when nobody is signed in.
 */
export function withSession(session: Session, send: typeof fetch = fetch): typeof fetch {
  return async (input, init) => {
    const token = await session.token();
    const response = await send(input, bearing(init, token));
    if (token === undefined || !(await isOfToken(response))) return response;
    const renewed = await session.tokenAfter(token);
    if (renewed === undefined) return response;
    await response.body?.cancel();
    return send(input, bearing(init, renewed));
  };
}

function bearing(init: RequestInit | undefined, token: string | undefined): RequestInit {
  const headers = new Headers(init?.headers);
  if (token !== undefined) headers.set('authorization', `Bearer ${token}`);
  return { ...init, headers };
}

/** Whether a refusal is the token's. A wrong code is a 401 too, and sent once more it would be counted twice. */
async function isOfToken(response: Response): Promise<boolean> {
  if (response.status !== 401) return false;
  const problem: unknown = await response
    .clone()
    .json()
    .catch(() => undefined);
  return !isObject(problem) || problem['code'] === undefined || problem['code'] === 'unauthenticated';
}

import type { Session } from './session.ts';

/**
 * Sends each request with the session's token; one that is refused (401) is sent once more with a renewed one. What the API shows to everybody is asked for without a
 * token when nobody is signed in.
 */
export function withSession(session: Session, send: typeof fetch = fetch): typeof fetch {
  return async (input, init) => {
    const token = await session.token();
    const response = await send(input, bearing(init, token));
    if (token === undefined || response.status !== 401) return response;
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

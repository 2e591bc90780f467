import { ApiError } from './api.ts';
import type { Signals } from './retry.ts';
import type { Session } from './session.ts';

/** Sends something with the session's token, and once more with a new one where the first is not taken any more. Throws `ApiError`. */
export async function signedIn<T>(session: Session, send: (token: string) => Promise<T>, signals: Signals): Promise<T> {
  const token = await session.token(signals);
  return send(token).catch(async (error: unknown) => {
    if (!(error instanceof ApiError) || error.status !== 401) throw error;
    await session.renew(token, signals);
    return send(await session.token(signals));
  });
}

import { expect, test } from 'vitest';
import { createApi } from '../api/api.ts';
import { type SeenRequest, startTestApi, type TestReply } from '../../testing/testApi.ts';
import { withSession } from './api.ts';
import type { SessionMark } from './mark.ts';
import { createSession, type Lock } from './session.ts';

const account = { id: 'ada', role: 'admin', region: 'world' };
const alone: Lock = async (_name, work) => work();

/** An API that hands out token-1, token-2, ... and takes only the last one. */
function issuing(): { readonly reply: (request: SeenRequest) => TestReply; readonly state: { issued: number; refuse: boolean } } {
  const state = { issued: 0, refuse: false };
  const reply = (request: SeenRequest): TestReply => {
    if (request.path === '/v1/auth/sign-out') return { status: 204 };
    if (request.path.startsWith('/v1/auth/tokens')) {
      if (state.refuse) return { status: 401, body: { status: 401, code: 'refresh_invalid' } };
      state.issued += 1;
      return { status: 200, body: { accessToken: `token-${state.issued}`, tokenType: 'Bearer', expiresInSeconds: 900, account } };
    }
    const good = request.headers['authorization'] === `Bearer token-${state.issued}`;
    return good ? { status: 200, body: {} } : { status: 401, body: { status: 401, code: 'unauthenticated' } };
  };
  return { reply, state };
}

/** The mark as a browser keeps it. */
function unmarked(): SessionMark {
  let marked = false;
  return { isSet: () => marked, set: () => void (marked = true), clear: () => void (marked = false) };
}

async function started(clock: { nowMs: number }) {
  const { reply, state } = issuing();
  const api = await startTestApi(reply);
  const mark = unmarked();
  const session = createSession({ region: 'world', auth: createApi(api.url).auth, nowMs: () => clock.nowMs, lock: alone, mark });
  return { api, state, session, mark };
}

test('signing in asks for the refresh token as a cookie and keeps the access token', async () => {
  const { api, session } = await started({ nowMs: 0 });
  await using _ = api;
  expect(session.account()).toBeUndefined();
  await expect(session.signIn('challenge', '12345678')).resolves.toBeUndefined();
  expect(api.seen[0]?.body).toEqual({ challengeId: 'challenge', code: '12345678', delivery: 'cookie' });
  expect(await session.token()).toBe('token-1');
  expect(session.account()).toEqual({ id: 'ada', role: 'admin', enrol: false });
  expect(api.seen).toHaveLength(1);
});

test('a token near its end is renewed, once for all who wait', async () => {
  const clock = { nowMs: 0 };
  const { api, session } = await started(clock);
  await using _ = api;
  await session.signIn('challenge', '12345678');
  clock.nowMs = 900_000 - 30_000;
  expect(await Promise.all([session.token(), session.token(), session.token()])).toEqual(['token-2', 'token-2', 'token-2']);
  expect(api.seen.map(({ path }) => path)).toEqual(['/v1/auth/tokens', '/v1/auth/tokens/refresh']);
});

test('a token that is refused early is renewed and the request repeated', async () => {
  const { api, session, state } = await started({ nowMs: 0 });
  await using _ = api;
  await session.signIn('challenge', '12345678');
  state.issued = 7;
  const { catalog } = createApi(api.url, { send: withSession(session) });
  await expect(catalog.deleteProduct({ params: { id: 'cup' }, ifMatch: '"1"' })).resolves.toMatchObject({ status: 200 });
  expect(api.seen.map(({ headers }) => headers['authorization']).filter((sent) => sent !== undefined)).toEqual([
    'Bearer token-1',
    'Bearer token-8',
  ]);
  expect(await session.token()).toBe('token-8');
});

test('a renewal that is refused ends the session; one that gets no answer does not', async () => {
  const clock = { nowMs: 0 };
  const { api, session, state, mark } = await started(clock);
  await session.signIn('challenge', '12345678');
  clock.nowMs = 900_000;
  state.refuse = true;
  expect(await session.token()).toBeUndefined();
  expect(session.account()).toBeUndefined();
  const asked = api.seen.length;
  expect(await session.token()).toBeUndefined();
  expect(api.seen).toHaveLength(asked);
  clock.nowMs = 905_000;
  expect(await session.token()).toBeUndefined();
  expect(api.seen).toHaveLength(asked);

  // Signed in again in another tab.
  mark.set();
  state.refuse = false;
  clock.nowMs = 910_000;
  expect(await session.token()).toBe('token-2');
  clock.nowMs = 2_000_000;
  await api[Symbol.asyncDispose]();
  await expect(session.token()).rejects.toMatchObject({ code: 'unreachable' });
  expect(session.account()).toBeDefined();
});

test('signing out tells the server, then forgets', async () => {
  const { api, session } = await started({ nowMs: 0 });
  await using _ = api;
  await session.signIn('challenge', '12345678');
  await session.signOut();
  expect(api.seen.at(-1)).toMatchObject({ method: 'POST', path: '/v1/auth/sign-out' });
  expect(session.account()).toBeUndefined();
  const asked = api.seen.length;
  expect(await session.token()).toBeUndefined();
  expect(api.seen).toHaveLength(asked);
});

test('a browser that has never signed in asks the server for no session; one that may have, does', async () => {
  const { api, session, mark } = await started({ nowMs: 0 });
  await using _ = api;
  expect(await session.token()).toBeUndefined();
  expect(api.seen).toEqual([]);
  mark.set();
  expect(await session.token()).toBe('token-1');
});

test('signing out in another tab ends the session here when its token does', async () => {
  const clock = { nowMs: 0 };
  const { api, session, mark } = await started(clock);
  await using _ = api;
  await session.signIn('challenge', '12345678');
  mark.clear();
  expect(await session.token()).toBe('token-1');
  clock.nowMs = 900_000;
  expect(await session.token()).toBeUndefined();
  expect(session.account()).toBeUndefined();
  expect(api.seen).toHaveLength(1);
});

test('a code that is asked for again after its answer was lost is asked for under the same key; another one under another', async () => {
  const clock = { nowMs: 0 };
  let isLost = true;
  await using api = await startTestApi(() =>
    isLost
      ? { status: 504, body: { status: 504, code: 'upstream_timeout' } }
      : { status: 202, body: { challengeId: 'challenge', expiresInSeconds: 600 } },
  );
  const session = createSession({
    region: 'world',
    auth: createApi(api.url).auth,
    nowMs: () => clock.nowMs,
    lock: alone,
    mark: unmarked(),
  });
  /** The key under which the address was asked for, however often the client has sent that. */
  const keyFor = async (email: string): Promise<string> => {
    const before = api.seen.length;
    const asked = session.requestCode(email);
    if (isLost) await expect(asked).rejects.toMatchObject({ status: 504 });
    else await expect(asked).resolves.toMatchObject({ challengeId: 'challenge' });
    const keys = new Set(api.seen.slice(before).map(({ headers }) => String(headers['idempotency-key'])));
    expect(keys.size).toBe(1);
    return [...keys].join();
  };
  const first = await keyFor('ada@example.com');
  expect(await keyFor('ada@example.com')).toBe(first);
  isLost = false;
  expect(await keyFor('ada@example.com')).toBe(first);
  // Wanted anew: the one that was sent did not come.
  const anew = await keyFor('ada@example.com');
  isLost = true;
  const others = [anew, await keyFor('ada@example.com'), await keyFor('bob@example.com')];
  // What was sent then is not good for as long as is said of a new one.
  clock.nowMs += 3 * 60_000;
  others.push(await keyFor('bob@example.com'));
  expect(new Set([first, ...others]).size).toBe(5);
});

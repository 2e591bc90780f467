import { expect, test } from 'vitest';
import { createApi } from '../api/api.ts';
import { startTestApi, type TestReply } from '../../testing/testApi.ts';
import { withSession } from './api.ts';
import { createSession, type Lock } from './session.ts';

const challengeId = '3f0c1a52-7f0b-4c39-9a53-0d6a7c0c8d11';
const alone: Lock = async (_name, work) => work();
const paths = { exchange: '/v1/auth/tokens', answer: '/v1/auth/tokens/second-factor', refresh: '/v1/auth/tokens/refresh' };

const problem = (status: number, code: string, headers: Readonly<Record<string, string>> = {}): TestReply => ({
  status,
  headers,
  body: { status, code },
});
const tokens = (accessToken: string, role: string, more: object = {}): TestReply => ({
  status: 200,
  body: { accessToken, tokenType: 'Bearer', expiresInSeconds: 900, account: { id: 'ada', role, region: 'world' }, ...more },
});

/** A session at an API that answers each path as it is told. */
async function started(replies: Record<string, TestReply>) {
  const api = await startTestApi(({ path }) => replies[path] ?? { status: 404 });
  let marked = false;
  const mark = { isSet: () => marked, set: () => void (marked = true), clear: () => void (marked = false) };
  const session = createSession({ region: 'world', auth: createApi(api.url).auth, nowMs: () => 0, lock: alone, mark });
  return { api, session, mark, replies };
}

const wanted = { status: 200, body: { secondFactor: { challengeId, expiresInSeconds: 300, kinds: ['totp', 'passkey'] } } };

test('a code for an account with a second factor is answered by what is asked, and nobody is signed in by it', async () => {
  const { api, session, mark } = await started({ [paths.exchange]: wanted });
  await using _ = api;
  await expect(session.signIn('challenge', '12345678')).resolves.toEqual(wanted.body.secondFactor);
  expect(session.account()).toBeUndefined();
  expect(mark.isSet()).toBe(false);
  expect(await session.token()).toBeUndefined();
});

test('the answer signs in, with the refresh token as a cookie', async () => {
  const { api, session } = await started({ [paths.answer]: tokens('token-1', 'admin') });
  await using _ = api;
  await session.answerSecondFactor({ challengeId, totp: '287082' });
  expect(api.seen[0]?.body).toEqual({ challengeId, totp: '287082', delivery: 'cookie' });
  expect(session.account()).toEqual({ id: 'ada', role: 'admin', enrol: false });
  expect(await session.token()).toBe('token-1');
});

test('a refused answer says whether another try counts, and how long to wait', async () => {
  const { api, session, replies } = await started({ [paths.answer]: problem(401, 'second_factor_invalid') });
  await using _ = api;
  const answered = () => session.answerSecondFactor({ challengeId, totp: '287082' });
  await expect(answered()).rejects.toMatchObject({ code: 'second_factor_invalid', message: 'problem.second_factor_invalid' });
  replies[paths.answer] = problem(401, 'second_factor_over');
  await expect(answered()).rejects.toMatchObject({ code: 'second_factor_over', message: 'problem.second_factor_over' });
  replies[paths.answer] = problem(429, 'too_many_requests', { 'retry-after': '840' });
  await expect(answered()).rejects.toMatchObject({ code: 'too_many_requests', retryAfterMs: 840_000 });
  expect(session.account()).toBeUndefined();
  expect(api.seen).toHaveLength(3);
});

test('who has to add a second factor is a customer until then, and has the role after a renewal', async () => {
  const { api, session, replies } = await started({ [paths.exchange]: tokens('token-1', 'customer', { enrol: true }) });
  await using _ = api;
  await expect(session.signIn('challenge', '12345678')).resolves.toBeUndefined();
  expect(session.account()).toEqual({ id: 'ada', role: 'customer', enrol: true });
  let told = 0;
  session.subscribe(() => (told += 1));
  replies[paths.refresh] = tokens('token-2', 'admin');
  await session.renew();
  expect(session.account()).toEqual({ id: 'ada', role: 'admin', enrol: false });
  expect(told).toBe(1);
});

test('a code that is refused is sent once: the token was good, and a second try would count', async () => {
  const confirmation = '/v1/auth/factors/totp/confirmation';
  const { api, session } = await started({
    [paths.exchange]: tokens('token-1', 'customer', { enrol: true }),
    [paths.refresh]: tokens('token-2', 'customer', { enrol: true }),
    [confirmation]: problem(401, 'second_factor_invalid'),
  });
  await using _ = api;
  await session.signIn('challenge', '12345678');
  const { auth } = createApi(api.url, { send: withSession(session) });
  await expect(auth.confirmTotp({ body: { code: '287082' } })).rejects.toMatchObject({ code: 'second_factor_invalid' });
  expect(api.seen.map(({ path }) => path)).toEqual([paths.exchange, confirmation]);
});

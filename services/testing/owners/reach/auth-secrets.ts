import { randomUUID } from 'node:crypto';

import { Value } from 'typebox/value';

import { CodeRequested, Tokens } from '#contracts/auth.ts';
import { SecondFactorWanted } from '#contracts/factors.ts';
import { CreationOptions, RequestOptions } from '#contracts/webauthn.ts';
import { createAuthenticator, type Authenticator } from '#auth/testing/authenticator.ts';
import { totpAt } from '#auth/testing/totp-app.ts';

import { bodyOf } from '../../http.ts';
import { callOf, done } from '../../planted/life.ts';
import { totpOf, type Owner } from '../belongings.ts';
import { mailedCode } from '../people.ts';
import { idempotencyKey, type Reach } from './kinds.ts';

/** The code that was mailed for a challenge of the owner's. */
export async function codeOf({ every, person: { email } }: Owner): Promise<{ readonly challengeId: string; readonly code: string }> {
  const asked = await callOf(every, 'auth')('POST', '/v1/auth/codes', { body: { email }, headers: idempotencyKey() });
  const { challengeId } = bodyOf(CodeRequested, asked);
  return { challengeId, code: mailedCode(every) };
}

/** The challenge of a sign-in that wants a second factor, and a code that answers it. */
export async function factorChallengeOf(owner: Owner): Promise<{ readonly challengeId: string; readonly totp: string }> {
  const { secret } = await totpOf(owner);
  const answer = await callOf(owner.every, 'auth')('POST', '/v1/auth/tokens', { body: await codeOf(owner) });
  // The app's code of the step that has confirmed it was used: the next one counts, too.
  return { challengeId: bodyOf(SecondFactorWanted, answer).secondFactor.challengeId, totp: totpAt(secret, Date.now() + 30_000) };
}

/** Numbers of a range that Ofcom keeps for fiction. */
let numbers = 0;
/** A telephone number that the owner has confirmed. */
export async function phoneOf({ every, person: { headers } }: Owner): Promise<void> {
  const auth = callOf(every, 'auth');
  const body = { phone: `+447700900${String((numbers += 1)).padStart(3, '0')}` };
  const claimed = done(await auth('POST', '/v1/auth/contacts', { headers: { ...headers, ...idempotencyKey() }, body }));
  const { challengeId } = bodyOf(CodeRequested, claimed);
  const code = every.texts.at(-1)?.parameters['code'];
  done(await auth('POST', '/v1/auth/contacts/confirm', { headers, body: { challengeId, code } }));
}

async function passkeyOf({ every, person: { headers } }: Owner): Promise<Authenticator> {
  const auth = callOf(every, 'auth');
  const options = bodyOf(CreationOptions, await auth('POST', '/v1/auth/passkeys/options', { headers }));
  const passkey = createAuthenticator();
  done(await auth('POST', '/v1/auth/passkeys', { headers, body: { credential: passkey.create(options), label: 'Phone' } }));
  return passkey;
}

const requestOptionsOf = async ({ every }: Owner): Promise<RequestOptions> =>
  bodyOf(RequestOptions, await callOf(every, 'auth')('POST', '/v1/auth/passkey-sign-in/options'));

async function refreshTokenOf(owner: Owner): Promise<string> {
  const answer = await callOf(owner.every, 'auth')('POST', '/v1/auth/tokens', { body: await codeOf(owner) });
  return Value.Parse(Tokens, answer.body).refreshToken ?? '';
}

/** A request with the owner's refresh token, and with one that differs from it at its end. */
const byRefreshToken = (url: string) => async (owner: Owner) => {
  const refreshToken = await refreshTokenOf(owner);
  const another = `${refreshToken.slice(0, -4)}${refreshToken.endsWith('AAAA') ? 'BBBB' : 'AAAA'}`;
  return { url, body: { refreshToken }, othersBody: { refreshToken: another }, ownerHeaders: {} };
};

/** What is proved by something that only its owner was given. The request names nobody: who else asks has another of the kind. */
export const secretReach: Readonly<Record<string, Reach>> = {
  'auth startSecondFactor': {
    aim: async (whose) => {
      await passkeyOf(whose);
      const { challengeId } = await factorChallengeOf(whose);
      const url = '/v1/auth/tokens/second-factor/options';
      return { url, body: { challengeId }, othersBody: { challengeId: randomUUID() }, ownerHeaders: {} };
    },
    owner: 200,
    others: 401,
    nobody: 401,
  },
  'auth signInByPasskey': {
    aim: async (whose) => {
      const credential = (await passkeyOf(whose)).get(await requestOptionsOf(whose));
      const { id, rawId } = credential;
      // Signed by another key, for the owner's.
      const forged = createAuthenticator().get(await requestOptionsOf(whose), {
        userHandle: credential.response.userHandle ?? '',
        counter: 1_000,
      });
      return {
        url: '/v1/auth/passkey-sign-in',
        body: { credential },
        othersBody: { credential: { ...forged, id, rawId } },
        ownerHeaders: {},
      };
    },
    owner: 200,
    others: 401,
    nobody: 401,
  },
  'auth refreshTokens': { aim: byRefreshToken('/v1/auth/tokens/refresh'), owner: 200, others: 401, nobody: 401 },
  // Nobody is told whether there was such a session.
  'auth signOut': { aim: byRefreshToken('/v1/auth/sign-out'), owner: 204, others: 204, nobody: 204 },
};

import { CodeRequested } from '#contracts/auth.ts';
import { Session } from '#contracts/sessions.ts';
import { pageOf } from '#contracts/values.ts';
import { CreationOptions } from '#contracts/webauthn.ts';
import { createAuthenticator } from '#auth/testing/authenticator.ts';
import { anotherCode } from '#auth/testing/sign-in.ts';

import { bodyOf } from '../../http.ts';
import { callOf } from '../../planted/life.ts';
import { enrolledCodeOf, totpOf, type Owner } from '../belongings.ts';
import { mailedCode, signInAs } from '../people.ts';
import { codeOf, factorChallengeOf, phoneOf, secretReach } from './auth-secrets.ts';
import { hidden, idempotencyKey, mine, theirs, type Reach } from './kinds.ts';

const otherSessionOf = async (owner: Owner): Promise<string> => {
  await signInAs(owner.every, owner.person.email);
  const listed = await callOf(owner.every, 'auth')('GET', '/v1/auth/sessions', { headers: owner.person.headers });
  return bodyOf(pageOf(Session), listed).items.find(({ current }) => !current)?.id ?? '';
};

export const authReach: Readonly<Record<string, Reach>> = {
  'auth requestCode': 'shared',
  'auth listKeys': 'shared',
  'auth startPasskeySignIn': 'shared',
  ...secretReach,
  'auth exchangeCode': {
    aim: async (whose) => {
      const { challengeId, code } = await codeOf(whose);
      return {
        url: '/v1/auth/tokens',
        body: { challengeId, code },
        othersBody: { challengeId, code: anotherCode(code) },
        ownerHeaders: {},
      };
    },
    owner: 200,
    others: 401,
    nobody: 401,
    guessed: true,
  },
  'auth answerSecondFactor': {
    aim: async (whose) => {
      const { challengeId, totp } = await factorChallengeOf(whose);
      const wrong = ((Number(totp) + 500_000) % 1_000_000).toString().padStart(6, '0');
      return {
        url: '/v1/auth/tokens/second-factor',
        body: { challengeId, totp },
        othersBody: { challengeId, totp: wrong },
        ownerHeaders: {},
      };
    },
    owner: 200,
    others: 401,
    nobody: 401,
    guessed: true,
  },
  'auth startPasskey': theirs('/v1/auth/passkeys/options', 200),
  'auth addPasskey': {
    aim: async (whose) => {
      const options = await callOf(whose.every, 'auth')('POST', '/v1/auth/passkeys/options', { headers: whose.person.headers });
      const credential = createAuthenticator().create(bodyOf(CreationOptions, options));
      return mine(whose, '/v1/auth/passkeys', { body: { credential, label: 'Phone' } });
    },
    owner: 201,
    others: 401,
    nobody: 401,
  },
  'auth listFactors': theirs('/v1/auth/factors', 200, { having: totpOf }),
  'auth removeFactor': { aim: async (whose) => mine(whose, `/v1/auth/factors/${(await totpOf(whose)).id}`), owner: 204, ...hidden },
  'auth enrolTotp': theirs('/v1/auth/factors/totp', 201),
  'auth confirmTotp': {
    aim: async (whose) => mine(whose, '/v1/auth/factors/totp/confirmation', { body: { code: await enrolledCodeOf(whose) } }),
    owner: 204,
    others: 401,
    nobody: 401,
  },
  'auth getContacts': theirs('/v1/auth/contacts', 200),
  'auth claimContact': theirs('/v1/auth/contacts', 202, {
    more: () => ({ headers: idempotencyKey(), body: { email: 'another@claimed.example' } }),
  }),
  'auth confirmContact': {
    aim: async (whose) => {
      const { headers } = whose.person;
      const email = `new-${whose.person.email}`;
      const claimed = await callOf(whose.every, 'auth')('POST', '/v1/auth/contacts', {
        headers: { ...headers, ...idempotencyKey() },
        body: { email },
      });
      const { challengeId } = bodyOf(CodeRequested, claimed);
      const code = mailedCode(whose.every);
      return mine(whose, '/v1/auth/contacts/confirm', { body: { challengeId, code } });
    },
    owner: 200,
    others: 401,
    nobody: 401,
  },
  // The others have no number that could go.
  'auth removeContact': { ...theirs('/v1/auth/contacts/phone', 204, { having: phoneOf }), theirs: [404] },
  'auth listSessions': theirs('/v1/auth/sessions', 200, { having: otherSessionOf }),
  'auth endSession': { aim: async (whose) => mine(whose, `/v1/auth/sessions/${await otherSessionOf(whose)}`), owner: 204, ...hidden },
  'auth endOtherSessions': theirs('/v1/auth/sessions', 204, { having: otherSessionOf }),
  'auth listSecurityEvents': { ...theirs('/v1/auth/events', 200), sees: ['admin'] },
};

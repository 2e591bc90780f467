import { accountRoles, Tokens } from '#contracts/auth.ts';
import { Factor, PasskeyCreation, PasskeySignIn } from '#contracts/factors.ts';
import { CreationOptions, RequestOptions } from '#contracts/webauthn.ts';
import type { App } from '#platform/app.ts';
import { callerOf } from '#platform/routes/enforce.ts';
import { operation } from '#platform/routes/operation.ts';

import { clientOf } from '../client/client.ts';
import type { AuthDeps } from '../deps.ts';
import { byOf } from '../events/by.ts';
import {
  assertionExample,
  creationOptionsExample,
  factorExample,
  registrationExample,
  requestOptionsExample,
  tokensExample,
} from '../examples.ts';
import { deliverTokens } from '../tokens/delivery.ts';
import type { SignInFigures } from '../tokens/figures.ts';
import type { TokenDeps } from '../tokens/service.ts';
import { addPasskey, signInByPasskey, startPasskeySignIn, startRegistration } from './service.ts';

const own = { roles: accountRoles, own: accountRoles };
const anyone = { roles: 'anyone', token: 'ignored' } as const;

export function registerPasskeys(app: App, deps: AuthDeps & TokenDeps & { readonly figures: SignInFigures }): void {
  const startAdding = operation({
    id: 'startPasskey',
    summary: 'What navigator.credentials.create() needs to make a passkey; wants a sign-in of the last ten minutes',
    access: own,
    request: {},
    answers: { 200: CreationOptions },
    errors: ['not_found', 'already_exists', 'reauthentication_required'],
    example: { answer: creationOptionsExample },
  });
  app.post('/v1/auth/passkeys/options', startAdding, async (request, reply) =>
    reply.header('cache-control', 'no-store').send(await startRegistration(deps, callerOf(request))),
  );

  const add = operation({
    id: 'addPasskey',
    summary: 'Keeps the passkey that was made; the session has proved a second factor by that',
    access: own,
    request: { body: PasskeyCreation },
    answers: { 201: Factor },
    errors: ['not_found', 'passkey_invalid', 'already_exists', 'reauthentication_required'],
    example: {
      body: { credential: registrationExample, label: 'Work phone' },
      answer: { ...factorExample, kind: 'passkey', label: 'Work phone' },
    },
  });
  app.post('/v1/auth/passkeys', add, async (request, reply) =>
    reply.code(201).send(await addPasskey(deps, request.body, byOf(request, deps.region))),
  );

  const startSignIn = operation({
    id: 'startPasskeySignIn',
    summary: 'What navigator.credentials.get() needs to sign in by whichever passkey its user picks',
    access: anyone,
    request: {},
    answers: { 200: RequestOptions },
    errors: ['not_found'],
    example: { answer: requestOptionsExample },
  });
  app.post('/v1/auth/passkey-sign-in/options', startSignIn, async (request, reply) =>
    reply.header('cache-control', 'no-store').send(await startPasskeySignIn(deps, clientOf(request, deps.region))),
  );

  const signIn = operation({
    id: 'signInByPasskey',
    summary: 'Tokens for what a passkey has signed',
    access: anyone,
    request: { body: PasskeySignIn },
    answers: { 200: Tokens },
    errors: ['not_found', 'passkey_invalid', 'account_disabled'],
    example: { body: { credential: assertionExample }, answer: tokensExample },
  });
  app.post('/v1/auth/passkey-sign-in', signIn, async (request, reply) => {
    const { credential } = request.body;
    const tokens = await deps.figures.count('passkey', () => signInByPasskey(deps, credential, clientOf(request, deps.region)));
    return deliverTokens(deps, reply, tokens, request.body.delivery ?? 'body');
  });
}

import { Tokens } from '#contracts/auth.ts';
import { SecondFactorAnswer, SecondFactorOptionsRequest } from '#contracts/factors.ts';
import { RequestOptions } from '#contracts/webauthn.ts';
import type { App } from '#platform/app.ts';
import { operation } from '#platform/routes/operation.ts';

import { clientOf } from '../client/client.ts';
import type { AuthDeps } from '../deps.ts';
import { requestOptionsExample, secondFactorExample, tokensExample } from '../examples.ts';
import { deliverTokens } from '../tokens/delivery.ts';
import type { SignInFigures } from '../tokens/figures.ts';
import type { TokenDeps } from '../tokens/service.ts';
import { answerChallenge, optionsOfChallenge } from './service.ts';

const anyone = { roles: 'anyone', token: 'ignored' } as const;
const { challengeId } = secondFactorExample.secondFactor;

export function registerSecondFactor(app: App, deps: AuthDeps & TokenDeps & { readonly figures: SignInFigures }): void {
  const options = operation({
    id: 'startSecondFactor',
    summary: 'What navigator.credentials.get() needs to meet a challenge by a passkey',
    access: anyone,
    request: { body: SecondFactorOptionsRequest },
    answers: { 200: RequestOptions },
    errors: ['not_found', 'second_factor_over'],
    example: { body: { challengeId }, answer: requestOptionsExample },
  });
  app.post('/v1/auth/tokens/second-factor/options', options, async (request, reply) =>
    reply
      .header('cache-control', 'no-store')
      .send(await optionsOfChallenge(deps, request.body.challengeId, clientOf(request, deps.region))),
  );

  const answer = operation({
    id: 'answerSecondFactor',
    summary: 'Tokens for a challenge and what it asked for: a code of the authenticator app, or what a passkey has signed',
    access: anyone,
    request: { body: SecondFactorAnswer },
    answers: { 200: Tokens },
    errors: ['not_found', 'second_factor_invalid', 'second_factor_over', 'passkey_invalid', 'account_disabled'],
    example: { body: { challengeId, totp: '287082' }, answer: tokensExample },
  });
  app.post('/v1/auth/tokens/second-factor', answer, async (request, reply) => {
    const method = 'totp' in request.body ? 'code+totp' : 'code+passkey';
    const tokens = await deps.figures.count(method, () => answerChallenge(deps, request.body, clientOf(request, deps.region)));
    return deliverTokens(deps, reply, tokens, request.body.delivery ?? 'body');
  });
}

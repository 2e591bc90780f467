import { Type } from 'typebox';

import { CodeExchange, refreshCookieOf, SignOut, TokenRefresh, Tokens } from '#contracts/auth.ts';
import { SecondFactorWanted } from '#contracts/factors.ts';
import { AppError } from '#platform/errors.ts';
import type { App } from '#platform/app.ts';
import { operation } from '#platform/routes/operation.ts';

import { clientOf } from '../client/client.ts';
import { redeemCode } from '../codes/service.ts';
import type { AuthDeps } from '../deps.ts';
import { tokensExample } from '../examples.ts';
import { signInAfterCode } from '../second-factor/service.ts';
import { cookieOptionsOf, deliverTokens } from './delivery.ts';
import type { SignInFigures } from './figures.ts';
import { endSession, refreshSession, type TokenDeps } from './service.ts';

// Who calls is told by what the body or the cookie holds; the access token that is sent along may have expired.
const anyone = { roles: 'anyone', token: 'ignored' } as const;

export function registerTokens(app: App, deps: AuthDeps & TokenDeps & { readonly figures: SignInFigures }): void {
  const cookieName = refreshCookieOf(deps.region);

  const exchange = operation({
    id: 'exchangeCode',
    summary: 'A code for an access token and a refresh token, or for the challenge of a second factor where the account wants one',
    access: anyone,
    request: { body: CodeExchange },
    answers: { 200: Type.Union([Tokens, SecondFactorWanted]) },
    errors: ['code_invalid', 'account_disabled'],
    example: { body: { challengeId: '3f0c1a52-7f0b-4c39-9a53-0d6a7c0c8d11', code: '04711815' }, answer: tokensExample },
  });
  app.post('/v1/auth/tokens', exchange, async (request, reply) => {
    const client = clientOf(request, deps.region);
    const outcome = await deps.figures.count('code', async () => {
      return signInAfterCode(deps, await redeemCode(deps, request.body, client), client);
    });
    if ('secondFactor' in outcome) return reply.header('cache-control', 'no-store').send(outcome);
    return deliverTokens(deps, reply, outcome, request.body.delivery ?? 'body');
  });

  const refresh = operation({
    id: 'refreshTokens',
    summary: 'The next access token and refresh token for a refresh token, of the body or of the cookie',
    access: anyone,
    request: { body: TokenRefresh },
    // A browser whose token is in the cookie has nothing to say in a body.
    bodyMayBeAbsent: true,
    answers: { 200: Tokens },
    errors: ['refresh_invalid'],
    example: { body: { refreshToken: tokensExample.refreshToken }, answer: tokensExample },
  });
  app.post('/v1/auth/tokens/refresh', refresh, async (request, reply) => {
    const fromCookie = request.cookies[cookieName];
    const token = request.body.refreshToken ?? fromCookie;
    if (token === undefined) throw new AppError('refresh_invalid', { detail: 'There is neither a refresh token nor its cookie.' });
    // Who keeps it in a cookie wants it there again, unless told otherwise: a script must not get hold of it by asking.
    const inCookie = request.body.refreshToken === undefined;
    return deliverTokens(
      deps,
      reply,
      await refreshSession(deps, token, clientOf(request, deps.region)),
      inCookie ? 'cookie' : (request.body.delivery ?? 'body'),
    );
  });

  const signOut = operation({
    id: 'signOut',
    summary: 'Ends the session of the refresh token, of the body or of the cookie',
    access: anyone,
    request: { body: SignOut },
    bodyMayBeAbsent: true,
    answers: { 204: null },
    errors: [],
    example: { body: { refreshToken: tokensExample.refreshToken } },
  });
  app.post('/v1/auth/sign-out', signOut, async (request, reply) => {
    for (const token of new Set([request.body.refreshToken, request.cookies[cookieName]])) {
      if (token !== undefined) await endSession(deps, token, clientOf(request, deps.region));
    }
    return reply.clearCookie(cookieName, cookieOptionsOf(deps)).code(204).send();
  });
}

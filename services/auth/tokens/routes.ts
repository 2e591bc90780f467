import type { FastifyReply, FastifyRequest } from 'fastify';

import { CodeExchange, refreshCookieOf, SignOut, TokenRefresh, Tokens } from '#contracts/auth.ts';
import { AppError } from '#platform/errors.ts';
import type { App } from '#platform/app.ts';
import { operation } from '#platform/routes/operation.ts';

import { clientOf } from '../client/client.ts';
import { redeemCode } from '../codes/service.ts';
import type { AuthDeps } from '../deps.ts';
import { endSession, IDLE_SECONDS, type IssuedTokens, refreshSession, startSession, type TokenDeps } from './service.ts';

// Who calls is told by what the body or the cookie holds; the access token that is sent along may have expired.
const anyone = { roles: 'anyone', token: 'ignored' } as const;
const tokensExample = {
  accessToken: 'eyJhbGciOiJFZERTQSJ9.e30.c2ln',
  tokenType: 'Bearer',
  expiresInSeconds: 900,
  refreshToken: 'mF_9.B5f-4.1JqM',
  account: { id: '5b6f8c0e-7d55-4ac1-8b57-2b7c1e2c9d10', role: 'customer', region: 'world' },
};

export function registerTokens(app: App, deps: AuthDeps & TokenDeps): void {
  const cookieName = refreshCookieOf(deps.region);
  const cookieOptions = { path: '/', httpOnly: true, sameSite: 'strict', secure: deps.cookieSecure } as const;

  const answer = (reply: FastifyReply, tokens: IssuedTokens, delivery: 'body' | 'cookie'): Tokens => {
    reply.header('cache-control', 'no-store');
    if (delivery === 'body') return tokens;
    reply.setCookie(cookieName, tokens.refreshToken, { ...cookieOptions, maxAge: IDLE_SECONDS });
    const { refreshToken: _inCookie, ...body } = tokens;
    return body;
  };

  const exchange = operation({
    id: 'exchangeCode',
    summary: 'A code for an access token and a refresh token',
    access: anyone,
    request: { body: CodeExchange },
    answers: { 200: Tokens },
    errors: ['code_invalid', 'account_disabled'],
    example: { body: { challengeId: '3f0c1a52-7f0b-4c39-9a53-0d6a7c0c8d11', code: '04711815' }, answer: tokensExample },
  });
  app.post('/v1/auth/tokens', exchange, async (request, reply) => {
    const client = clientOf(request);
    const { accountId } = await redeemCode(deps, request.body, client);
    return answer(reply, await startSession(deps, { accountId, method: 'code' }, client), request.body.delivery ?? 'body');
  });

  const refresh = operation({
    id: 'refreshTokens',
    summary: 'The next access token and refresh token for a refresh token, of the body or of the cookie',
    access: anyone,
    request: { body: TokenRefresh },
    answers: { 200: Tokens },
    errors: ['refresh_invalid'],
    example: { body: { refreshToken: tokensExample.refreshToken }, answer: tokensExample },
  });
  app.post('/v1/auth/tokens/refresh', { ...refresh, preValidation: bodyMayBeAbsent }, async (request, reply) => {
    const fromCookie = request.cookies[cookieName];
    const token = request.body.refreshToken ?? fromCookie;
    if (token === undefined) throw new AppError('refresh_invalid', { detail: 'There is neither a refresh token nor its cookie.' });
    // Who keeps it in a cookie wants it there again, unless told otherwise: a script must not get hold of it by asking.
    const inCookie = request.body.refreshToken === undefined;
    return answer(reply, await refreshSession(deps, token, clientOf(request)), inCookie ? 'cookie' : (request.body.delivery ?? 'body'));
  });

  const signOut = operation({
    id: 'signOut',
    summary: 'Ends the session of the refresh token, of the body or of the cookie',
    access: anyone,
    request: { body: SignOut },
    answers: { 204: null },
    errors: [],
    example: { body: { refreshToken: tokensExample.refreshToken } },
  });
  app.post('/v1/auth/sign-out', { ...signOut, preValidation: bodyMayBeAbsent }, async (request, reply) => {
    for (const token of new Set([request.body.refreshToken, request.cookies[cookieName]])) {
      if (token !== undefined) await endSession(deps, token, clientOf(request));
    }
    return reply.clearCookie(cookieName, cookieOptions).code(204).send();
  });
}

/** A browser whose token is in the cookie has nothing to say in a body. */
async function bodyMayBeAbsent(request: FastifyRequest): Promise<void> {
  request.body ??= {};
}

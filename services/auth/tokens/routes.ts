import type { FastifyReply, FastifyRequest } from 'fastify';

import { CodeExchange, refreshCookieOf, SignOut, TokenRefresh, type Tokens } from '#contracts/auth.ts';
import { AppError } from '#platform/errors.ts';
import type { App } from '#platform/app.ts';
import { clientAddressOf } from '#platform/client-address.ts';

import { redeemCode } from '../codes/service.ts';
import type { AuthDeps } from '../deps.ts';
import { endSession, IDLE_SECONDS, type IssuedTokens, refreshSession, startSession, type TokenDeps } from './service.ts';

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

  app.post('/v1/auth/tokens', { schema: { body: CodeExchange } }, async (request, reply) => {
    const { accountId } = await redeemCode(deps, request.body, clientAddressOf(request));
    return answer(reply, await startSession(deps, accountId), request.body.delivery ?? 'body');
  });

  app.post('/v1/auth/tokens/refresh', { schema: { body: TokenRefresh }, preValidation: bodyMayBeAbsent }, async (request, reply) => {
    const fromCookie = request.cookies[cookieName];
    const token = request.body.refreshToken ?? fromCookie;
    if (token === undefined) throw new AppError('refresh_invalid', { detail: 'There is neither a refresh token nor its cookie.' });
    // Who keeps it in a cookie wants it there again, unless told otherwise: a script must not get hold of it by asking.
    const inCookie = request.body.refreshToken === undefined;
    return answer(reply, await refreshSession(deps, token), inCookie ? 'cookie' : (request.body.delivery ?? 'body'));
  });

  app.post('/v1/auth/sign-out', { schema: { body: SignOut }, preValidation: bodyMayBeAbsent }, async (request, reply) => {
    for (const token of new Set([request.body.refreshToken, request.cookies[cookieName]])) {
      if (token !== undefined) await endSession(deps, token);
    }
    return reply.clearCookie(cookieName, cookieOptions).code(204).send();
  });
}

/** A browser whose token is in the cookie has nothing to say in a body. */
async function bodyMayBeAbsent(request: FastifyRequest): Promise<void> {
  request.body ??= {};
}

import type { FastifyReply } from 'fastify';

import { refreshCookieOf, type Tokens } from '#contracts/auth.ts';

import type { AuthDeps } from '../deps.ts';
import { IDLE_SECONDS, type IssuedTokens } from './service.ts';

type Deps = Pick<AuthDeps, 'region' | 'cookieSecure'>;

/** Where the cookie of the refresh token is sent, and out of whose reach it is. */
export const cookieOptionsOf = ({ cookieSecure }: Pick<Deps, 'cookieSecure'>) =>
  ({ path: '/', httpOnly: true, sameSite: 'strict', secure: cookieSecure }) as const;

/** The body of an answer with tokens; by `cookie` the refresh token is not in it, but in an HttpOnly cookie. */
export function deliverTokens(deps: Deps, reply: FastifyReply, tokens: IssuedTokens, delivery: 'body' | 'cookie'): Tokens {
  reply.header('cache-control', 'no-store');
  if (delivery === 'body') return tokens;
  reply.setCookie(refreshCookieOf(deps.region), tokens.refreshToken, { ...cookieOptionsOf(deps), maxAge: IDLE_SECONDS });
  const { refreshToken: _inCookie, ...body } = tokens;
  return body;
}

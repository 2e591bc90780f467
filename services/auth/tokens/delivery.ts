import type { FastifyReply } from 'fastify';

import { deviceCookieOf, refreshCookieOf, type Tokens } from '#contracts/auth.ts';

import type { AuthDeps } from '../deps.ts';
import { IDLE_SECONDS, type IssuedTokens } from './service.ts';

type Deps = Pick<AuthDeps, 'region' | 'cookieSecure'>;

/** As long as browsers keep a cookie (RFC 6265bis, section 5.5). */
const DEVICE_SECONDS = 400 * 24 * 3600;

/** Where the cookie of the refresh token is sent, and out of whose reach it is. */
export const cookieOptionsOf = ({ cookieSecure }: Pick<Deps, 'cookieSecure'>) =>
  ({ path: '/', httpOnly: true, sameSite: 'strict', secure: cookieSecure }) as const;

/** The body of an answer with tokens; by `cookie` the refresh token and the device's are not in it, but in HttpOnly cookies. */
export function deliverTokens(deps: Deps, reply: FastifyReply, tokens: IssuedTokens, delivery: 'body' | 'cookie'): Tokens {
  reply.header('cache-control', 'no-store');
  if (delivery === 'body') return tokens;
  const { refreshToken, deviceToken, ...body } = tokens;
  reply.setCookie(refreshCookieOf(deps.region), refreshToken, { ...cookieOptionsOf(deps), maxAge: IDLE_SECONDS });
  if (deviceToken !== undefined) {
    reply.setCookie(deviceCookieOf(deps.region), deviceToken, { ...cookieOptionsOf(deps), maxAge: DEVICE_SECONDS });
  }
  return body;
}

import type { FastifyReply, FastifyRequest } from 'fastify';

import type { Access } from '../access.ts';
import type { App } from '../app.ts';
import { clientAddressOf } from '../client-address.ts';
import type { Metrics } from '../metrics/metrics.ts';
import { networkOf } from '../network.ts';
import { refuse } from '../refusal.ts';
import { isProbe } from '../request-end.ts';
import type { RateLimiter } from './limiter.ts';

/**
 * Lets each caller have so many requests: the account of a token that is good here, else the client's address, or its network of IPv6. Every answer says what is left (`RateLimit`,
 * `RateLimit-Policy`: draft-ietf-httpapi-ratelimit-headers-10), what is beyond is answered 429 `too_many_requests` with Retry-After. Of this process alone.
 */
export function registerRateLimit(
  app: App,
  limiter: RateLimiter,
  access: Pick<Access, 'callerOf'> | undefined,
  metrics: Metrics | undefined,
): void {
  const policy = `"default";q=${limiter.perMinute};w=60`;
  const refused = metrics?.counter('http_rate_limited_total', 'Requests beyond what their caller may have');

  function decide(caller: string, request: FastifyRequest, reply: FastifyReply, done: () => void): void {
    const { isGranted, remaining, nextMs } = limiter.take(caller);
    const waitSeconds = Math.max(1, Math.ceil(nextMs / 1_000));
    reply.header('ratelimit-policy', policy).header('ratelimit', `"default";r=${remaining};t=${waitSeconds}`);
    if (isGranted) return done();
    refused?.add();
    refuse(request, reply, 'too_many_requests', waitSeconds);
  }

  app.addHook('onRequest', (request, reply, done) => {
    if (isProbe(request)) return done();
    const byAddress = (): void => decide(`address ${networkOf(clientAddressOf(request))}`, request, reply, done);
    const { operation } = request.routeOptions.config;
    const isRead = operation !== undefined && operation.access.token !== 'ignored';
    if (access === undefined || !isRead || request.headers.authorization === undefined) return byAddress();
    // Whose token is no good is nobody: the route will say so.
    access
      .callerOf(request)
      .then((caller) => (caller === undefined ? byAddress() : decide(`account ${caller.accountId}`, request, reply, done)), byAddress);
  });
}

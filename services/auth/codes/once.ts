import { createHmac } from 'node:crypto';

import type { FastifyRequest } from 'fastify';

import type { CodeRequested } from '#contracts/auth.ts';
import { type IdempotentAnswer, withClaim } from '#platform/idempotency/with-idempotency.ts';
import { idempotentRequestOf } from '#platform/idempotency/request.ts';
import { networkOf } from '#platform/network.ts';

import { type Client, clientDigestOf } from '../client/client.ts';
import type { AuthDeps } from '../deps.ts';

/**
 * Has a code sent once for each Idempotency-Key of an account, or of a client's network where nobody is signed in: a stranger's key is another key. What is kept of the
 * request is a keyed digest, and of the answer the challenge. Throws what `withClaim` and `send` throw.
 */
export async function sendOnce(
  { db, secrets }: Pick<AuthDeps, 'db' | 'secrets'>,
  request: FastifyRequest,
  by: { readonly client: Client; readonly accountId?: string },
  send: () => Promise<CodeRequested>,
): Promise<IdempotentAnswer> {
  const pepper = await secrets.pepper();
  const scope = by.accountId ?? `client:${clientDigestOf(pepper, { address: networkOf(by.client.address) })}`;
  const asked = idempotentRequestOf(request, { schema: 'auth', scope });
  const requestHash = createHmac('sha256', pepper).update('idempotency:').update(asked.requestHash).digest();
  return withClaim(db, { ...asked, requestHash }, async () => ({ status: 202, body: await send() }));
}

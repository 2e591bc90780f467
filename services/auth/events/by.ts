import type { FastifyRequest } from 'fastify';

import type { Caller } from '#platform/access.ts';
import { callerOf } from '#platform/routes/enforce.ts';

import { clientDigestOf, clientOf, type Client } from '../client/client.ts';
import type { AuthSecrets } from '../secrets.ts';

/** Who asks, and from where. */
export interface By {
  readonly caller: Caller;
  readonly client: Client;
}

export const byOf = (request: FastifyRequest, region: string): By => ({ caller: callerOf(request), client: clientOf(request, region) });

/** The same for the log. */
export async function loggedBy(secrets: Pick<AuthSecrets, 'pepper'>, { caller, client }: By): Promise<{ actorId: string; client: string }> {
  return { actorId: caller.accountId, client: clientDigestOf(await secrets.pepper(), client) };
}

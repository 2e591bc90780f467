import type { FastifyRequest } from 'fastify';

import type { Caller } from '#platform/access.ts';
import { callerOf } from '#platform/routes/enforce.ts';

import { clientDigestOf, clientOf, type Client } from '../client/client.ts';
import type { AuthSecrets } from '../secrets.ts';
import type { NewEvent } from './events.repository.ts';

/** Who asks, and from where. */
export interface By {
  readonly caller: Caller;
  readonly client: Client;
}

export const byOf = (request: FastifyRequest): By => ({ caller: callerOf(request), client: clientOf(request) });

/** The same for the log. */
export async function loggedBy(
  secrets: Pick<AuthSecrets, 'pepper'>,
  { caller, client }: By,
): Promise<Pick<NewEvent, 'actorId' | 'client'>> {
  return { actorId: caller.accountId, client: clientDigestOf(await secrets.pepper(), client) };
}

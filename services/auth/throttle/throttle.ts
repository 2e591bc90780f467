import { createHash } from 'node:crypto';

import type { Kysely } from 'kysely';

import { AppError } from '#platform/errors.ts';

import type { Client } from '../client/client.ts';
import type { AuthTables } from '../tables.ts';
import { forgetOldWindows, hit } from './throttle.repository.ts';

const WINDOW_SECONDS = 600;

/** Throws AppError `too_many_requests` when `client` has asked more than `limit` times in ten minutes. */
export async function limitClient(db: Kysely<AuthTables>, kind: string, client: Client, limit: number): Promise<void> {
  const { hits, secondsLeft } = await hit(db, `${kind}:client:${digestOf(client.address)}`, WINDOW_SECONDS);
  if (hits > limit) throw new AppError('too_many_requests', { headers: { 'retry-after': String(Math.max(secondsLeft, 1)) } });
}

/** Whether `email` may be sent one more code. */
export async function allowsAddress(db: Kysely<AuthTables>, email: string, limit: number): Promise<boolean> {
  const { hits } = await hit(db, `codes:address:${digestOf(email)}`, WINDOW_SECONDS);
  await forgetOldWindows(db);
  return hits <= limit;
}

// Buckets outlive what they are about: they hold digests, no addresses.
function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 22);
}

import { createHash } from 'node:crypto';

import { AppError } from '#platform/errors.ts';

import type { Client } from '../client/client.ts';
import { isKnownDevice } from '../client/device-token.ts';
import { networkOf } from '../client/network.ts';
import type { AuthDeps } from '../deps.ts';
import { forgetOldWindows, hit } from './throttle.repository.ts';

const WINDOW_SECONDS = 600;

type Deps = Pick<AuthDeps, 'db' | 'limits'>;

/** What is counted by itself. */
export type Counted = 'codes' | 'tokens' | 'passkeys';

/**
 * Throws AppError `too_many_requests` where the client's address, or the device that it says it is, has asked more often in ten minutes than it may. Counted in
 * the database: every process of the region counts alike.
 */
export async function limitRequests({ db, limits }: Deps, kind: Counted, client: Client): Promise<void> {
  await limit({ db, bucket: `${kind}:client:${digestOf(networkOf(client.address))}`, most: limits.requestsPerClient });
  if (client.deviceToken === undefined) return;
  await limit({ db, bucket: `${kind}:device:${digestOf(client.deviceToken)}`, most: limits.requestsPerDevice });
}

async function limit({ db, bucket, most }: { db: Deps['db']; bucket: string; most: number }): Promise<void> {
  const { hits, secondsLeft } = await hit(db, bucket, WINDOW_SECONDS);
  if (hits > most) throw new AppError('too_many_requests', { headers: { 'retry-after': String(Math.max(secondsLeft, 1)) } });
}

/** Whether `email` may be sent one more code. A device that has signed in there before has a share of its own, which strangers cannot take up. */
export async function allowsAddress({ db, limits }: Deps, pepper: Buffer, email: string, client: Client): Promise<boolean> {
  const share = isKnownDevice(pepper, email, client) ? `:${digestOf(client.deviceToken ?? '')}` : '';
  const { hits } = await hit(db, `codes:address:${digestOf(email)}${share}`, WINDOW_SECONDS);
  await forgetOldWindows(db);
  return hits <= limits.codesPerAddress;
}

// Buckets outlive what they are about: they hold digests, no addresses.
function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 22);
}

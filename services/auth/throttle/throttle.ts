import { createHmac } from 'node:crypto';

import { AppError } from '#platform/errors.ts';
import { networkOf } from '#platform/network.ts';

import type { Client } from '../client/client.ts';
import { isKnownDevice } from '../client/device-token.ts';
import type { Contact } from '../contacts/contact.ts';
import type { AuthDeps } from '../deps.ts';
import { forgetOldWindows, hit } from './throttle.repository.ts';

const WINDOW_SECONDS = 600;
const DAY_SECONDS = 24 * 3600;
const NOTICES_A_DAY = 5;

type Deps = Pick<AuthDeps, 'db' | 'limits'>;

/** What is counted by itself. */
export type Counted = 'codes' | 'tokens' | 'passkeys';

/**
 * Throws AppError `too_many_requests` where the client's address, or the device that it says it is, has asked more often in ten minutes than it may. Counted in
 * the database: every process of the region counts alike.
 */
export async function limitRequests({ db, limits }: Deps, pepper: Buffer, kind: Counted, client: Client): Promise<void> {
  await limit({ db, bucket: `${kind}:client:${keyedDigestOf(pepper, networkOf(client.address))}`, most: limits.requestsPerClient });
  if (client.deviceToken === undefined) return;
  await limit({ db, bucket: `${kind}:device:${keyedDigestOf(pepper, client.deviceToken)}`, most: limits.requestsPerDevice });
}

/** The same for text messages alone, whatever numbers they go to. */
export async function limitTexts({ db, limits }: Deps, pepper: Buffer, client: Client): Promise<void> {
  await limit({ db, bucket: `texts:client:${keyedDigestOf(pepper, networkOf(client.address))}`, most: limits.textsPerClient });
}

async function limit({ db, bucket, most }: { db: Deps['db']; bucket: string; most: number }): Promise<void> {
  const { hits, secondsLeft } = await hit(db, bucket, WINDOW_SECONDS);
  if (hits > most) throw new AppError('too_many_requests', { headers: { 'retry-after': String(Math.max(secondsLeft, 1)) } });
}

/**
 * Whether one more code may be sent to `contact`. A device that has signed in there before has a share of its own, which strangers cannot take up. Of a number's day
 * such devices have one share together: a device becomes known by a code, so that shares of their own would let a number be sent any number of messages.
 */
export async function allowsContact(deps: Deps, pepper: Buffer, { kind, address }: Contact, client: Client): Promise<boolean> {
  const { db, limits } = deps;
  const isKnown = isKnownDevice(pepper, address, client);
  const digest = keyedDigestOf(pepper, address);
  const share = isKnown ? `:${keyedDigestOf(pepper, client.deviceToken ?? '')}` : '';
  const { hits } = await hit(db, `codes:address:${digest}${share}`, WINDOW_SECONDS);
  await forgetOldWindows(db);
  if (kind === 'email') return hits <= limits.codesPerAddress;
  // What is not sent anyway takes nothing of the day.
  if (hits > limits.codesPerPhone) return false;
  const day = await hit(db, `codes:day:${digest}${isKnown ? ':known' : ''}`, DAY_SECONDS);
  return day.hits <= limits.codesPerPhoneADay;
}

/** Whether a number may be told once more today that contacts have changed. */
export async function allowsNotice({ db, secrets }: Pick<AuthDeps, 'db' | 'secrets'>, { address }: Contact): Promise<boolean> {
  const { hits } = await hit(db, `notices:day:${keyedDigestOf(await secrets.pepper(), address)}`, DAY_SECONDS);
  return hits <= NOTICES_A_DAY;
}

// Buckets outlive what they are about: they hold digests, no addresses. There are few enough numbers and IPv4 addresses to try them all, so digests want a key.
function keyedDigestOf(pepper: Buffer, address: string): string {
  return createHmac('sha256', pepper).update(`throttle:${address}`).digest('base64url').slice(0, 22);
}

import { createHmac } from 'node:crypto';

import { AppError } from '#platform/errors.ts';
import { networkOf, siteOf } from '#platform/network.ts';

import type { Client } from '../client/client.ts';
import { deviceIdOf, knownDeviceOf } from '../client/device-token.ts';
import { type Contact, mailboxOf } from '../contacts/contact.ts';
import type { AuthDeps } from '../deps.ts';
import { forgetOldWindows, hit } from './throttle.repository.ts';

const WINDOW_SECONDS = 600;
const DAY_SECONDS = 24 * 3600;
const NOTICES_A_DAY = 5;
/** How many devices' shares all known devices of one mail address have together. */
const MOST_DEVICE_SHARES = 5;

type Deps = Pick<AuthDeps, 'db' | 'limits'>;

/** How many networks' shares a site of IPv6 has: a customer may have been given as many as 65,536 networks, or a carrier's as many customers one each. */
const MOST_SITE_SHARES = 20;

/** What is counted by itself. */
export type Counted = 'codes' | 'tokens' | 'passkeys';

/**
 * Throws AppError `too_many_requests` where the client's address, or the device that it says it is, has asked more often in ten minutes than it may. Counted in
 * the database: every process of the region counts alike.
 */
export async function limitRequests({ db, limits }: Deps, pepper: Buffer, kind: Counted, client: Client): Promise<void> {
  await limitNetwork(db, pepper, client, { what: kind, most: limits.requestsPerClient });
  if (client.deviceToken === undefined) return;
  await limit({ db, bucket: `${kind}:device:${keyedDigestOf(pepper, deviceIdOf(client.deviceToken))}`, most: limits.requestsPerDevice });
}

/** The same for text messages alone, whatever numbers they go to. */
export async function limitTexts({ db, limits }: Deps, pepper: Buffer, client: Client): Promise<void> {
  await limitNetwork(db, pepper, client, { what: 'texts', most: limits.textsPerClient });
}

async function limitNetwork(db: Deps['db'], pepper: Buffer, client: Client, { what, most }: { what: string; most: number }): Promise<void> {
  const network = networkOf(client.address);
  await limit({ db, bucket: `${what}:client:${keyedDigestOf(pepper, network)}`, most });
  const site = siteOf(network);
  if (site !== undefined) await limit({ db, bucket: `${what}:site:${keyedDigestOf(pepper, site)}`, most: most * MOST_SITE_SHARES });
}

async function limit({ db, bucket, most }: { db: Deps['db']; bucket: string; most: number }): Promise<void> {
  const { hits, secondsLeft } = await hit(db, bucket, WINDOW_SECONDS);
  if (hits > most) throw new AppError('too_many_requests', { headers: { 'retry-after': String(Math.max(secondsLeft, 1)) } });
}

/**
 * Whether one more code may be sent to `contact`. A device that has signed in there before has a share of its own, which strangers cannot take up. What all such devices
 * have together is bounded as well: a device becomes known by a code, so that by shares of their own alone whoever had the mailbox or number once could have any number of
 * messages sent to it, and as many codes to guess.
 */
export async function allowsContact(deps: Deps, pepper: Buffer, contact: Contact, client: Client): Promise<boolean> {
  const { db, limits } = deps;
  const device = knownDeviceOf(pepper, contact.address, client);
  const digest = keyedDigestOf(pepper, mailboxOf(contact));
  const share = device === undefined ? '' : `:${keyedDigestOf(pepper, device)}`;
  const { hits } = await hit(db, `codes:address:${digest}${share}`, WINDOW_SECONDS);
  await forgetOldWindows(db);
  // What is not sent anyway takes nothing of what is shared.
  if (hits > (contact.kind === 'email' ? limits.codesPerAddress : limits.codesPerPhone)) return false;
  if (contact.kind === 'phone') {
    const day = await hit(db, `codes:day:${digest}${device === undefined ? '' : ':known'}`, DAY_SECONDS);
    return day.hits <= limits.codesPerPhoneADay;
  }
  if (device === undefined) return true;
  const known = await hit(db, `codes:known:${digest}`, WINDOW_SECONDS);
  return known.hits <= limits.codesPerAddress * MOST_DEVICE_SHARES;
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

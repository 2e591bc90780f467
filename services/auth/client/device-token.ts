import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

import type { Client } from './client.ts';

const ID_CHARACTERS = 22;
const MAC_CHARACTERS = 22;

/** A token that says that this device has signed in to the account of `email`: random, and with a MAC over it and the account. One that is there stays. */
export function deviceTokenOf(pepper: Buffer, email: string, client: Pick<Client, 'deviceToken'>): string {
  if (client.deviceToken !== undefined && isKnownDevice(pepper, email, client)) return client.deviceToken;
  const id = randomBytes(16).toString('base64url');
  return `${id}${macOf(pepper, id, email)}`;
}

/**
 * Whether a device has signed in to the account of `email` before. Who has taken up the share of codes that strangers have has taken nothing from it (OWASP,
 * "device cookies"). Nothing of it is stored, and it opens nothing.
 */
export function isKnownDevice(pepper: Buffer, email: string, { deviceToken }: Pick<Client, 'deviceToken'>): boolean {
  if (deviceToken?.length !== ID_CHARACTERS + MAC_CHARACTERS) return false;
  const mac = Buffer.from(macOf(pepper, deviceToken.slice(0, ID_CHARACTERS), email));
  const given = Buffer.from(deviceToken.slice(ID_CHARACTERS));
  return given.length === mac.length && timingSafeEqual(given, mac);
}

function macOf(pepper: Buffer, id: string, email: string): string {
  return createHmac('sha256', pepper).update(`device:${id}:${email}`).digest('base64url').slice(0, MAC_CHARACTERS);
}

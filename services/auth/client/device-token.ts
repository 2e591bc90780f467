import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

import type { Client } from './client.ts';

type Device = Pick<Client, 'deviceToken'>;

const ID_CHARACTERS = 22;
const MAC_CHARACTERS = 22;

/**
 * A token that says that this device has signed in to the account of `addresses`: random, and with a MAC over it and each of them, since a code may be asked for
 * by each. One that says all of that stays.
 */
export function deviceTokenOf(pepper: Buffer, addresses: readonly string[], client: Device): string {
  const isKnown = (address: string): boolean => knownDeviceOf(pepper, address, client) !== undefined;
  if (client.deviceToken !== undefined && addresses.every(isKnown)) return client.deviceToken;
  const id = randomBytes(16).toString('base64url');
  return id + addresses.map((address) => macOf(pepper, id, address)).join('');
}

/** Which device a token says that it is: what stands behind that proves it, or is anything. */
export const deviceIdOf = (deviceToken: string): string => deviceToken.slice(0, ID_CHARACTERS);

/**
 * Which device it is that has signed in to the account of `address` before; undefined where none has. Who has taken up the share of codes that strangers have has taken
 * nothing from it (OWASP, "device cookies"). Nothing of it is stored, and it opens nothing.
 */
export function knownDeviceOf(pepper: Buffer, address: string, { deviceToken = '' }: Device): string | undefined {
  const id = deviceIdOf(deviceToken);
  const mac = Buffer.from(macOf(pepper, id, address));
  for (let start = ID_CHARACTERS; start < deviceToken.length; start += MAC_CHARACTERS) {
    const given = Buffer.from(deviceToken.slice(start, start + MAC_CHARACTERS));
    if (given.length === mac.length && timingSafeEqual(given, mac)) return id;
  }
  return undefined;
}

function macOf(pepper: Buffer, id: string, address: string): string {
  return createHmac('sha256', pepper).update(`device:${id}:${address}`).digest('base64url').slice(0, MAC_CHARACTERS);
}

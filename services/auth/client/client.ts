import { createHmac } from 'node:crypto';

import type { FastifyRequest } from 'fastify';

import { DEVICE_HEADER, deviceCookieOf } from '#contracts/auth.ts';
import { clientAddressOf } from '#platform/client-address.ts';

import { deviceOf } from './user-agent.ts';

/** A MAC for each contact of an account: there are two at most. */
const DEVICE_TOKEN = /^[A-Za-z0-9_-]{1,66}$/;

/** What is known of the machine that a request comes from. */
export interface Client {
  readonly address: string;
  /** Browser and system, in a few words of ours. */
  readonly device: string;
  /** What the device was given at its last sign-in, and says of itself by a cookie or a header; nothing in it is believed before it is checked. */
  readonly deviceToken: string | undefined;
}

export function clientOf(request: FastifyRequest, region: string): Client {
  const header = request.headers[DEVICE_HEADER];
  const token = request.cookies[deviceCookieOf(region)] ?? (typeof header === 'string' ? header : undefined);
  return {
    address: clientAddressOf(request),
    device: deviceOf(request.headers['user-agent']),
    deviceToken: token !== undefined && DEVICE_TOKEN.test(token) ? token : undefined,
  };
}

/** What the security log keeps of an address: two events of one client are seen to be of one, and without the pepper nobody tries addresses. */
export function clientDigestOf(pepper: Buffer, { address }: Pick<Client, 'address'>): string {
  return createHmac('sha256', pepper).update(`client:${address}`).digest('base64url').slice(0, 22);
}

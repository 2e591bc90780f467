import { createHmac } from 'node:crypto';

import type { FastifyRequest } from 'fastify';

import { clientAddressOf } from '#platform/client-address.ts';

import { deviceOf } from './device.ts';

/** What is known of the machine that a request comes from. */
export interface Client {
  readonly address: string;
  /** Browser and system, in a few words of ours. */
  readonly device: string;
}

export function clientOf(request: FastifyRequest): Client {
  return { address: clientAddressOf(request), device: deviceOf(request.headers['user-agent']) };
}

/** What the security log keeps of an address: two events of one client are seen to be of one, and without the pepper nobody tries addresses. */
export function clientDigestOf(pepper: Buffer, { address }: Pick<Client, 'address'>): string {
  return createHmac('sha256', pepper).update(`client:${address}`).digest('base64url').slice(0, 22);
}

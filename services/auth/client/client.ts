import { createHmac } from 'node:crypto';

import type { FastifyRequest } from 'fastify';

import { deviceOf } from './device.ts';

/** What is known of the machine that a request comes from. */
export interface Client {
  /** The address that the front put in, since nothing but a front reaches a service; a direct caller's own otherwise. */
  readonly address: string;
  /** Browser and system, in a few words of ours. */
  readonly device: string;
}

export function clientOf(request: FastifyRequest): Client {
  const forwarded = request.headers['x-forwarded-for'];
  const first = typeof forwarded === 'string' ? forwarded.split(',')[0]?.trim() : undefined;
  return { address: first === undefined || first === '' ? request.ip : first, device: deviceOf(request.headers['user-agent']) };
}

/** What the security log keeps of an address: two events of one client are seen to be of one, and without the pepper nobody tries addresses. */
export function clientDigestOf(pepper: Buffer, { address }: Pick<Client, 'address'>): string {
  return createHmac('sha256', pepper).update(`client:${address}`).digest('base64url').slice(0, 22);
}

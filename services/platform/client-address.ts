import type { FastifyRequest } from 'fastify';

/** Who asks: the address that the front put in, since nothing but a front reaches a service; a direct caller's own otherwise. */
export function clientAddressOf(request: FastifyRequest): string {
  const forwarded = request.headers['x-forwarded-for'];
  const first = typeof forwarded === 'string' ? forwarded.split(',')[0]?.trim() : undefined;
  return first === undefined || first === '' ? request.ip : first;
}

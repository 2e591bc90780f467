import type { FastifyRequest } from 'fastify';

/** `find`, asked once for each request, however many want to know. */
export function onceARequest<Found>(find: (request: FastifyRequest) => Promise<Found>): (request: FastifyRequest) => Promise<Found> {
  const found = new WeakMap<FastifyRequest, Promise<Found>>();
  return (request) => {
    const known = found.get(request) ?? find(request);
    found.set(request, known);
    return known;
  };
}

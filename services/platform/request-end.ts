import type { FastifyReply, FastifyRequest } from 'fastify';

import type { App } from './app.ts';

/** `aborted`: the client had gone before its answer was out. */
export type RequestEnd = 'answered' | 'aborted';

export type RequestEndListener = (request: FastifyRequest, reply: FastifyReply, end: RequestEnd) => void;

declare module 'fastify' {
  interface FastifyInstance {
    /** Calls `listener` once for each request from now on. */
    onRequestEnd(listener: RequestEndListener): void;
  }
  interface FastifyRequest {
    lifetime: { hasReplied: boolean; end: RequestEnd | undefined };
  }
}

/** Where Prometheus, and whoever starts and stops processes, ask: never refused, and nothing that anybody wants counted. */
const probes: ReadonlySet<string | undefined> = new Set(['/livez', '/readyz', '/metrics']);
export const isProbe = (request: FastifyRequest): boolean => probes.has(request.routeOptions.url);

/**
 * Gives `app` its `onRequestEnd`: a request has ended when its work is done and its answer is out or its client gone, whichever is later. Fastify's own onResponse
 * does not come where the client has gone, whose work goes on all the same.
 */
export function registerRequestEnd(app: App): void {
  const listeners: RequestEndListener[] = [];
  app.decorate('onRequestEnd', (listener: RequestEndListener) => void listeners.push(listener));
  app.decorateRequest('lifetime');
  const tell = (request: FastifyRequest, reply: FastifyReply): void => {
    const { hasReplied, end } = request.lifetime;
    if (hasReplied && end !== undefined) for (const listener of listeners) listener(request, reply, end);
  };
  app.addHook('onRequest', (request, reply, done) => {
    request.lifetime = { hasReplied: false, end: undefined };
    let isOut = false;
    reply.raw.once('finish', () => (isOut = true));
    reply.raw.once('close', () => {
      request.lifetime.end = isOut ? 'answered' : 'aborted';
      tell(request, reply);
    });
    done();
  });
  app.addHook('onSend', (request, reply, payload, done) => {
    // Once more where sending failed and the error is sent instead.
    if (!request.lifetime.hasReplied) {
      request.lifetime.hasReplied = true;
      tell(request, reply);
    }
    done(null, payload);
  });
}

import { access } from 'node:fs/promises';
import { join } from 'node:path';

import httpProxy from '@fastify/http-proxy';
import serveStatic from '@fastify/static';
import { fastify, type FastifyInstance, type FastifyReply } from 'fastify';

import { logLine } from '../child.ts';
import { waitingPage } from './waiting-page.ts';

export interface AdminOptions {
  readonly worldUrl: string;
  /** Undefined while the world runs alone: what is asked of China is answered as not there. */
  readonly chinaUrl: string | undefined;
  readonly distDir: string;
}

/** MUI writes its styles into the page, hence `unsafe-inline` for styles; scripts come from here alone. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "manifest-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

const securityHeaders = {
  'content-security-policy': contentSecurityPolicy,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
};

/**
 * The admin panel's own origin: the built panel, and both regions' fronts below it, so that the browser needs no CORS and each region's
 * cookie stays on this origin. The panel may be built before, after or again while this runs.
 */
export async function createAdminApp(options: AdminOptions): Promise<FastifyInstance> {
  const app = fastify({ logger: false, forceCloseConnections: true });
  app.addHook('onRequest', async (_request, reply) => {
    reply.headers(securityHeaders);
  });

  for (const [prefix, upstream] of [
    ['/api/world', options.worldUrl],
    ['/api/china', options.chinaUrl],
  ] as const) {
    if (upstream === undefined) continue;
    await app.register(httpProxy, {
      upstream,
      prefix,
      rewritePrefix: '/',
      disableRequestLogging: true,
      http: { requestOptions: { timeout: 60_000 } },
      replyOptions: {
        onError: (reply, { error }) => {
          logLine('warn', 'A front did not answer', { prefix, error: error.message });
          const body = {
            type: 'urn:madeinworld:problem:upstream_failed',
            title: 'The front did not answer',
            status: 502,
            code: 'upstream_failed',
          };
          reply.code(502).type('application/problem+json').send(body);
        },
      },
    });
  }

  app.get('/healthz', async () => ({ status: 'ok' }));
  await app.register(serveStatic, {
    root: options.distDir,
    cacheControl: false,
    setHeaders: (reply, path) => {
      const hashed = path.startsWith(join(options.distDir, 'assets'));
      reply.header('cache-control', hashed ? 'public, max-age=31536000, immutable' : 'no-cache');
    },
  });
  app.setErrorHandler((error, request, reply) => {
    logLine('error', 'The panel could not be served', { path: request.url, error: String(error) });
    const body = { type: 'urn:madeinworld:problem:internal', title: 'Something went wrong here', status: 500, code: 'internal' };
    return reply.code(500).type('application/problem+json').send(body);
  });
  app.setNotFoundHandler(async (request, reply) => {
    const path = new URL(request.url, 'http://admin').pathname;
    const page = (request.method === 'GET' || request.method === 'HEAD') && !path.startsWith('/api/') && !path.startsWith('/assets/');
    if (!page) return notFound(reply);
    if (await exists(join(options.distDir, 'index.html'))) return reply.sendFile('index.html');
    return reply.code(503).headers({ 'retry-after': '2', 'cache-control': 'no-store' }).type('text/html; charset=utf-8').send(waitingPage);
  });
  return app;
}

function notFound(reply: FastifyReply): FastifyReply {
  const body = { type: 'urn:madeinworld:problem:not_found', title: 'There is nothing here', status: 404, code: 'not_found' };
  return reply.code(404).type('application/problem+json').send(body);
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

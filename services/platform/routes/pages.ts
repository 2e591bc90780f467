import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import type { App } from '../app.ts';
import type { DeclaredRoute } from './enforce.ts';
import { openapiSchemaOf, withAbsentBodies } from './document.ts';

/** What is true of every path, and stands at none: a document has no place for the methods that a path does not have. */
const DESCRIPTION =
  'Errors are problems (RFC 9457). A path with a method that it does not have is answered 405 `method_not_allowed`, and Allow names those that it has; HEAD is one of them wherever GET is. A path that there is not is answered 404 `not_found`.';

/**
 * GET /openapi.json (OpenAPI 3.1) and a reference page at /docs, made of the declared routes. The libraries behind them are loaded by the first who asks: a
 * service that is asked by nobody starts without them.
 */
export function registerPages(app: App, name: string, routes: readonly DeclaredRoute[]): void {
  let made: Promise<FastifyInstance> | undefined;
  const pages = (): Promise<FastifyInstance> => (made ??= buildPages(name, routes));
  app.addHook('onClose', async () => {
    if (made !== undefined) await (await made).close();
  });
  const pass = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const answer = await (await pages()).inject({ method: 'GET', url: request.raw.url ?? '/' });
    for (const header of ['content-type', 'cache-control', 'etag', 'last-modified', 'location', 'content-security-policy']) {
      const value = answer.headers[header];
      if (value !== undefined) reply.header(header, value);
    }
    return reply.code(answer.statusCode).send(answer.rawPayload);
  };
  app.get('/openapi.json', { config: { internal: true } }, pass);
  // The page's parts are named relative to it.
  app.get('/docs', { config: { internal: true } }, async (_request, reply) => reply.redirect('/docs/'));
  app.get('/docs/*', { config: { internal: true } }, pass);
}

async function buildPages(name: string, routes: readonly DeclaredRoute[]): Promise<FastifyInstance> {
  const [{ fastify }, { default: swagger }, { default: swaggerUi }] = await Promise.all([
    import('fastify'),
    import('@fastify/swagger'),
    import('@fastify/swagger-ui'),
  ]);
  const app = fastify();
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: `madeinworld: ${name}`, version: '1', description: DESCRIPTION },
      components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } } },
    },
    transformObject: (made) => ('openapiObject' in made ? withAbsentBodies(made.openapiObject, routes) : made.swaggerObject),
  });
  await app.register(swaggerUi, { routePrefix: '/docs', staticCSP: true });
  // They answer nothing here: their handlers are in the service. What checks and serializes is there too.
  app.setValidatorCompiler(() => () => true).setSerializerCompiler(() => JSON.stringify);
  for (const route of routes) {
    app.route({ method: route.method, url: route.url, schema: openapiSchemaOf(route, name), handler: async () => undefined });
  }
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger());
  await app.ready();
  return app;
}

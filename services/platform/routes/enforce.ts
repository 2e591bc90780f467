import type { FastifyRequest, RouteOptions } from 'fastify';

import type { Access, Caller } from '../access.ts';
import type { App } from '../app.ts';
import { AppError } from '../errors.ts';
import type { DeclaredOperation } from './operation.ts';
import { passBodies, requireStreamable } from './streamed-body.ts';

declare module 'fastify' {
  interface FastifyInstance {
    /** What is declared of the app's routes; empty where its routes are undeclared. */
    operations?: readonly DeclaredRoute[];
  }
  interface FastifyRequest {
    /** Who calls, where a token was sent to a route that is declared; set before the body is read. */
    caller: Caller | undefined;
  }
}

export interface DeclaredRoute {
  readonly method: string;
  /** With Fastify's placeholders: `/v1/products/:id`. */
  readonly url: string;
  readonly operation: DeclaredOperation;
}

/**
 * Closes an app: a route without a declaration cannot be added (the app does not start), and nobody gets to a handler, or to have a body read, whom the
 * declaration does not let in. Answers the list of the declared routes, which grows as they are added.
 */
export function enforceOperations(app: App, access: Access | undefined): readonly DeclaredRoute[] {
  const routes: DeclaredRoute[] = [];
  const ids = new Set<string>();
  app.decorate('operations', routes);
  app.decorateRequest('caller');
  app.addHook('onRoute', (route: RouteOptions) => {
    if (route.config?.internal === true) return;
    const declared = route.config?.operation;
    for (const method of [route.method].flat()) {
      if (method === 'HEAD' || method === 'OPTIONS') continue;
      if (declared === undefined) throw new Error(`${method} ${route.url} is not declared: give it an operation()`);
      if (ids.has(declared.id)) throw new Error(`two routes are called ${declared.id}`);
      if (access === undefined && declared.access.roles !== 'anyone') {
        throw new Error(`${method} ${route.url} is for roles, and this app can read no token`);
      }
      if (declared.access.token === 'ignored' && declared.access.roles !== 'anyone') {
        throw new Error(`${method} ${route.url} is for roles, and would not look at a token`);
      }
      ids.add(declared.id);
      if (declared.bodyMayBeAbsent === true) route.preValidation = [absentIsEmpty, ...[route.preValidation ?? []].flat()];
      if (declared.takes !== undefined) passBodies(app, declared.takes);
      routes.push({ method, url: route.url, operation: declared });
    }
  });
  app.addHook('onRequest', async (request) => {
    const declared = request.routeOptions.config.operation;
    if (declared === undefined) return;
    const { roles, token } = declared.access;
    if (access !== undefined && token !== 'ignored') {
      request.caller = roles === 'anyone' ? await access.callerOf(request) : await access.requireRole(request, roles);
    }
    if (declared.takes !== undefined) requireStreamable(request, declared.takes);
  });
  return routes;
}

async function absentIsEmpty(request: FastifyRequest): Promise<void> {
  request.body ??= {};
}

/** The caller of a route that is for roles. Throws AppError `unauthenticated` where the route lets anyone in and no token was sent. */
export function callerOf(request: FastifyRequest): Caller {
  if (request.caller === undefined) throw new AppError('unauthenticated');
  return request.caller;
}

import { randomUUID } from 'node:crypto';

import { TypeBoxValidatorCompiler, type TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import { fastify, LogController, type FastifyBaseLogger } from 'fastify';

import { rememberCaller, type Access } from './access.ts';
import type { App } from './app.ts';
import { registerBackPressure } from './back-pressure/back-pressure.ts';
import { createConnections } from './connections.ts';
import { registerDraining } from './draining.ts';
import { registerHealth, type Readiness } from './health.ts';
import { registerJsonBody } from './json-body.ts';
import type { Limits } from './limits.ts';
import type { Logger } from './log.ts';
import { isOpaqueId, originOf, runFrom } from './origin.ts';
import { registerRequestMetrics } from './metrics/requests.ts';
import { registerMetricsRoute } from './metrics/routes.ts';
import { registerProblems, sendProblem } from './problems.ts';
import { receivingWithin, refuseUnreadable } from './receiving.ts';
import { registerRateLimit } from './rate-limit/rate-limit.ts';
import { isProbe, registerRequestEnd } from './request-end.ts';
import { watchConformity } from './routes/conformity.ts';
import { enforceOperations } from './routes/enforce.ts';
import { registerPages } from './routes/pages.ts';
import { registerUnmatched } from './routes/unmatched.ts';
import type { Telemetry } from './telemetry.ts';
import { continueTrace, traceparentOf } from './trace.ts';
import { registerTracing } from './tracing.ts';

/** How an app's routes are declared: each by an `operation()`, whose roles are checked by `access`. */
export interface DeclaredRoutes {
  /** Without it no route can be for roles. */
  readonly access?: Access;
  /** Is told every answer that is not as declared: for tests. */
  readonly report?: (fault: string) => void;
}

/** What the process gives to the app of each of its services (`Platform.http`). A test that is not about it leaves it out. */
export interface HttpParts {
  readonly telemetry?: Telemetry;
  readonly limits?: Limits;
}

/**
 * A Fastify app as every service has it: TypeBox validation without body coercion, RFC 9457 problems, correlation id and trace context
 * in and out, one log line a request, /livez and /readyz, bounded bodies and times. It does not listen, so `app.inject` can test it.
 */
export function createHttpApp(
  options: {
    name: string;
    log: Logger;
    readiness: Readiness;
    /** `undeclared`: of sync alone, whose routes are no part of the public API and close themselves. */
    routes: DeclaredRoutes | 'undeclared';
    bodyLimitBytes?: number;
    requestTimeoutMs?: number;
    /** Less than that of the whole request, unless it is said. */
    headersTimeoutMs?: number;
    /** No GET /metrics here: strangers reach this listener. */
    hidesMetrics?: boolean;
  } & HttpParts,
): App {
  const { limits, telemetry } = options;
  const declared = options.routes === 'undeclared' ? undefined : options.routes;
  const access = declared?.access === undefined ? undefined : rememberCaller(declared.access);
  const requestTimeoutMs = options.requestTimeoutMs ?? 30_000;
  const connections = createConnections();
  const log: FastifyBaseLogger = options.log.child({ service: options.name });
  const app = fastify({
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'correlationId' }),
    bodyLimit: options.bodyLimitBytes ?? 256 * 1024,
    requestTimeout: requestTimeoutMs,
    keepAliveTimeout: 72_000,
    http: receivingWithin(requestTimeoutMs, options.headersTimeoutMs),
    clientErrorHandler: (error, socket) => refuseUnreadable(error, socket, connections),
    forceCloseConnections: 'idle',
    // Who had connected before the listener closed is served.
    return503OnClosing: false,
    routerOptions: { maxParamLength: 200 },
    // What the router itself refuses: a path that cannot be decoded, an id of a kilobyte.
    frameworkErrors: (error, request, reply) => void sendProblem(error, request, reply),
    genReqId: (request) => {
      const given = request.headers['x-correlation-id'];
      return isOpaqueId(given) ? given : randomUUID();
    },
  })
    .setValidatorCompiler(TypeBoxValidatorCompiler)
    .withTypeProvider<TypeBoxTypeProvider>();

  connections.watch(app);
  app.decorateRequest('trace');
  app.addHook('onRequest', (request, reply, done) => {
    const given = request.headers.traceparent;
    request.trace = continueTrace(typeof given === 'string' ? given : undefined, telemetry?.tracing?.samplesRoot);
    reply.header('x-correlation-id', request.id).header('traceparent', traceparentOf(request.trace));
    // Fastify keeps it over the reading of the body.
    runFrom(originOf(request), done);
  });
  app.addHook('onResponse', async (request, reply) => {
    if (isProbe(request)) return;
    const route = request.routeOptions.url ?? 'unmatched';
    request.log.info(
      {
        traceId: request.trace.traceId,
        method: request.method,
        route,
        status: reply.statusCode,
        durationMs: Math.round(reply.elapsedTime * 10) / 10,
      },
      'request',
    );
  });
  registerRequestEnd(app);
  if (telemetry !== undefined) registerRequestMetrics(app, telemetry.metrics);
  if (telemetry?.tracing !== undefined) registerTracing(app, options.name, telemetry.tracing);
  if (limits !== undefined) registerBackPressure(app, limits, telemetry?.metrics);
  if (limits !== undefined) registerRateLimit(app, limits.rate, access, telemetry?.metrics);
  registerProblems(app);
  registerUnmatched(app);
  registerJsonBody(app);
  registerHealth(app, options.readiness);
  registerDraining(app, { readiness: options.readiness, connections, requestTimeoutMs });
  if (telemetry !== undefined && options.hidesMetrics !== true) registerMetricsRoute(app, telemetry.metrics);
  if (declared !== undefined) {
    if (declared.report !== undefined) watchConformity(app, declared.report);
    // What goes out is what the handler made, and no schema drops or turns anything of it: tests hold answers against their declarations.
    app.setSerializerCompiler(() => JSON.stringify);
    registerPages(app, options.name, enforceOperations(app, access));
  }
  return app;
}

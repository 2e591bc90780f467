import { randomUUID } from 'node:crypto';

import { TypeBoxValidatorCompiler, type TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import { fastify, LogController, type FastifyBaseLogger } from 'fastify';

import type { App } from './app.ts';
import { registerHealth, type Readiness } from './health.ts';
import type { Logger } from './log.ts';
import type { Metrics } from './metrics/metrics.ts';
import { registerRequestMetrics } from './metrics/requests.ts';
import { registerMetricsRoute } from './metrics/routes.ts';
import { registerProblems } from './problems.ts';
import { isProbe, registerRequestEnd } from './request-end.ts';
import { continueTrace, traceparentOf } from './trace.ts';
import { registerTracing, type Tracing } from './tracing.ts';

const CORRELATION_ID = /^[A-Za-z0-9._-]{8,128}$/;

/** What the process gives to the app of each of its services (`Platform.http`). A test that is not about it leaves it out. */
export interface HttpParts {
  readonly metrics?: Metrics;
  /** No GET /metrics here: strangers reach this listener. */
  readonly hidesMetrics?: boolean;
  readonly tracing?: Tracing;
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
    bodyLimitBytes?: number;
    requestTimeoutMs?: number;
  } & HttpParts,
): App {
  const log: FastifyBaseLogger = options.log.child({ service: options.name });
  const app = fastify({
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'correlationId' }),
    bodyLimit: options.bodyLimitBytes ?? 256 * 1024,
    requestTimeout: options.requestTimeoutMs ?? 30_000,
    keepAliveTimeout: 72_000,
    // A client that went while nothing crossed has told nobody: its half-sent request would hold its place until the time limit.
    http: { keepAlive: true, keepAliveInitialDelay: 10_000 },
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: 200 },
    genReqId: (request) => {
      const given = request.headers['x-correlation-id'];
      return typeof given === 'string' && CORRELATION_ID.test(given) ? given : randomUUID();
    },
  })
    .setValidatorCompiler(TypeBoxValidatorCompiler)
    .withTypeProvider<TypeBoxTypeProvider>();

  app.decorateRequest('trace');
  app.addHook('onRequest', async (request, reply) => {
    const given = request.headers.traceparent;
    request.trace = continueTrace(typeof given === 'string' ? given : undefined, options.tracing?.samplesRoot);
    reply.header('x-correlation-id', request.id).header('traceparent', traceparentOf(request.trace));
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
  if (options.metrics !== undefined) registerRequestMetrics(app, options.metrics);
  if (options.tracing !== undefined) registerTracing(app, options.name, options.tracing);
  registerProblems(app);
  registerHealth(app, options.readiness);
  if (options.metrics !== undefined && options.hidesMetrics !== true) registerMetricsRoute(app, options.metrics);
  return app;
}

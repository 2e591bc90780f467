import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyBaseLogger, FastifyInstance, RawReplyDefaultExpression, RawRequestDefaultExpression, RawServerDefault } from 'fastify';

import type { ErrorCode } from '#contracts/errors.ts';

import type { TraceContext } from './trace.ts';

/** A Fastify app whose schemas are TypeBox's. */
export type App = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;

declare module 'fastify' {
  interface FastifyRequest {
    trace: TraceContext;
  }
  interface FastifyReply {
    /** The code of the problem that is answered. */
    problemCode: ErrorCode | undefined;
  }
}

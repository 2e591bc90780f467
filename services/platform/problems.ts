import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';

import { problemOf, type ErrorCode, type FieldError } from '#contracts/errors.ts';

import { AppError, codeOf, messageOf } from './errors.ts';
import type { App } from './app.ts';
import { branchOf } from './routes/union-branch.ts';

/** Errors of Fastify's own that are the client's fault, by their code. */
const fastifyCodes: Readonly<Record<string, ErrorCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'body_too_large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported_media_type',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'malformed_body',
  FST_ERR_CTP_INVALID_JSON_BODY: 'malformed_body',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'malformed_body',
  FST_ERR_BAD_URL: 'not_found',
  FST_ERR_MAX_PARAM_LENGTH: 'not_found',
};

/** What the sync engine's triggers refuse, by the SQLSTATEs that they raise. */
const writeRefusals: Readonly<Record<string, ErrorCode>> = { SY001: 'state_falls', SY002: 'foreign_home_region' };

/** PostgreSQL and socket errors that mean "not now" rather than "broken". */
const transientCodes = new Set([
  // Serialization failure, deadlock: the same request may pass now.
  '40001',
  '40P01',
  'ECONNREFUSED',
  'ECONNRESET',
  'ETIMEDOUT',
  'EPIPE',
  '53300',
  '57P01',
  '57P03',
  '55P03',
  '57014',
  '08006',
  '08001',
]);

/** What pg says of a connection, without a code. */
const CONNECTION_LOST = /timeout exceeded when trying to connect|Connection terminated|Query read timeout|is not queryable/;

function fieldErrors(error: FastifyError, request: FastifyRequest): FieldError[] {
  const branch = error.validationContext === 'body' ? branchOf(request.routeOptions.schema?.body, request.body) : undefined;
  const faults = (error.validation ?? []).filter(({ schemaPath }) => branch === undefined || isWithin(schemaPath, `#/anyOf/${branch}`));
  return faults.flatMap((fault) => {
    const path = pathOf(fault.instancePath);
    const missing = fault.params['requiredProperties'];
    if (Array.isArray(missing))
      return missing.map((name) => ({ field: [path, String(name)].filter(Boolean).join('.'), message: 'is required' }));
    return [{ field: path, message: fault.message ?? 'is not valid' }];
  });
}

/** A path of names as schemas have them. What else a client may have called a field is not said after it: it may be anybody's name. */
const pathOf = (pointer: string): string =>
  pointer
    .split('/')
    .slice(1)
    .map((name) => (/^[A-Za-z0-9_$-]{1,40}$/.test(name) ? name : '*'))
    .join('.');

const isWithin = (path: string, place: string): boolean => path === place || path.startsWith(`${place}/`);

function asAppError(error: FastifyError, request: FastifyRequest): AppError {
  if (error instanceof AppError) return error;
  // The client has gone, or was too slow: nobody hears of it, and it is no failure of ours.
  if (codeOf(error) === 'ECONNRESET' && request.raw.destroyed && !request.raw.complete)
    return new AppError('malformed_body', { cause: error });
  if (error.validation) {
    return new AppError('invalid_request', {
      detail: `The ${error.validationContext ?? 'request'} does not fit.`,
      errors: fieldErrors(error, request),
    });
  }
  return appErrorOf(error);
}

/** What a client is told of an error that is none of a schema. Pure. */
export function appErrorOf(error: unknown): AppError {
  if (error instanceof AppError) return error;
  const code = codeOf(error);
  const known = code === undefined ? undefined : (fastifyCodes[code] ?? writeRefusals[code]);
  if (known) return new AppError(known);
  if (error instanceof SyntaxError && 'statusCode' in error && error.statusCode === 400) return new AppError('malformed_body');
  if ((code !== undefined && transientCodes.has(code)) || CONNECTION_LOST.test(messageOf(error))) {
    return new AppError('unavailable', { headers: { 'retry-after': '1' }, cause: error });
  }
  return new AppError('internal', { cause: error });
}

/** Answers `error` as problem+json (RFC 9457): known ones by their code, unknown ones as `internal` with nothing but the correlation id. */
export function sendProblem(error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const known = asAppError(error, request);
  if (known.status >= 500) request.log.error({ err: known.cause ?? known }, known.message);
  reply.problemCode = known.code;
  return reply
    .code(known.status)
    .headers(known.headers)
    .type('application/problem+json')
    .send(problemOf(known.code, { correlationId: request.id, ...known.extras }));
}

/** Every error of a route, and every path without one, is a problem. */
export function registerProblems(app: App): void {
  app.decorateReply('problemCode', undefined);
  app.setErrorHandler<FastifyError>(sendProblem);
  app.setNotFoundHandler((request, reply) => sendProblem(new AppError('not_found'), request, reply));
}

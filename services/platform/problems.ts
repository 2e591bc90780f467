import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';

import { problemOf, type ErrorCode } from '#contracts/errors.ts';

import { AppError, codeOf, messageOf } from './errors.ts';
import { EMPTY_BODY, NO_JSON } from './json-body.ts';
import type { App } from './app.ts';
import { fieldErrorsOf } from './routes/field-errors.ts';

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

/** What is told of those besides, where the title says too little. */
const fastifyDetails: Readonly<Record<string, string>> = {
  FST_ERR_CTP_EMPTY_JSON_BODY: EMPTY_BODY,
  FST_ERR_CTP_INVALID_JSON_BODY: NO_JSON,
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'The body has another length than Content-Length says.',
};

/** What the sync engine's triggers refuse, by the SQLSTATEs that they raise. */
const writeRefusals: Readonly<Record<string, ErrorCode>> = { SY001: 'state_falls', SY002: 'foreign_home_region' };

/**
 * PostgreSQL's errors that mean "not now" rather than "broken": its connections, its room, its operator and its disk (classes 08, 53, 57, 58), a deadlock and what could not be
 * serialized, a lock that was not free, a transaction that was idle for too long, and that it takes no writes, as after a failover to another server.
 */
const TRANSIENT_SQL = /^(?:(?:08|53|57|58)[0-9A-Z]{3}|40001|40P01|55P03|25P03|25006)$/;
/** The same of the way there: whoever fails over by a name is not found for a moment. */
const transientCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ETIMEDOUT',
  'EPIPE',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
]);

/** What pg says of a connection, without a code. */
const CONNECTION_LOST = /timeout exceeded when trying to connect|Connection terminated|Query read timeout|is not queryable/;

/** The parts of a request by Fastify's names for them: what is sent there, and what a client calls it. */
const partsOf = ({ routeOptions: { schema }, body, params, query, headers }: FastifyRequest) => ({
  body: { name: 'body', schema: schema?.body, value: body },
  params: { name: 'path', schema: schema?.params, value: params },
  querystring: { name: 'query', schema: schema?.querystring, value: query },
  headers: { name: 'headers', schema: schema?.headers, value: headers },
});

/** What is told of a request that does not fit its schema. */
function unfit(request: FastifyRequest, { validation = [], validationContext }: FastifyError): AppError {
  if (validationContext === 'body' && request.body === undefined) return new AppError('invalid_request', { detail: EMPTY_BODY });
  const parts = new Map(Object.entries(partsOf(request)));
  const { name, schema, value } = parts.get(validationContext ?? '') ?? { name: 'request', schema: undefined, value: undefined };
  return new AppError('invalid_request', {
    detail: `The ${name} ${name === 'headers' ? 'do' : 'does'} not fit.`,
    errors: fieldErrorsOf(schema, value, validation),
  });
}

function asAppError(error: FastifyError, request: FastifyRequest): AppError {
  if (error instanceof AppError) return error;
  // The client has gone, or was too slow: nobody hears of it, and it is no failure of ours.
  if (codeOf(error) === 'ECONNRESET' && request.raw.destroyed && !request.raw.complete)
    return new AppError('malformed_body', { cause: error });
  if (error.validation) return unfit(request, error);
  return appErrorOf(error);
}

/** What a client is told of an error that is none of a schema. Pure. */
export function appErrorOf(error: unknown): AppError {
  if (error instanceof AppError) return error;
  const code = codeOf(error);
  const known = code === undefined ? undefined : (fastifyCodes[code] ?? writeRefusals[code]);
  if (code !== undefined && known) {
    const detail = fastifyDetails[code];
    return new AppError(known, detail === undefined ? {} : { detail });
  }
  if (error instanceof SyntaxError && 'statusCode' in error && error.statusCode === 400) return new AppError('malformed_body');
  if ((code !== undefined && (transientCodes.has(code) || TRANSIENT_SQL.test(code))) || CONNECTION_LOST.test(messageOf(error))) {
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

/** Every error of a route is a problem. */
export function registerProblems(app: App): void {
  app.decorateReply('problemCode', undefined);
  app.setErrorHandler<FastifyError>(sendProblem);
}

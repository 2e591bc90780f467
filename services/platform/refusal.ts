import type { FastifyReply, FastifyRequest } from 'fastify';

import { errorTable, problemOf, type ErrorCode } from '#contracts/errors.ts';

/**
 * Answers a problem from a hook, without the cost of an error: no stack is taken and no error is logged, for what refuses does so many times a second.
 * A hook that has called it does not call `done`.
 */
export function refuse(request: FastifyRequest, reply: FastifyReply, code: ErrorCode, retryAfterSeconds: number): void {
  reply.problemCode = code;
  void reply
    .code(errorTable[code].status)
    .header('retry-after', String(retryAfterSeconds))
    .type('application/problem+json')
    .send(JSON.stringify(problemOf(code, { correlationId: request.id })));
}

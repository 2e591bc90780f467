import { Type } from 'typebox';
import { Value } from 'typebox/value';

import { errorTable, type ErrorCode, type FieldError } from '#contracts/errors.ts';

const ProblemAnswer = Type.Object({
  code: Type.String(),
  detail: Type.Optional(Type.String()),
  correlationId: Type.Optional(Type.String()),
  errors: Type.Optional(Type.Array(Type.Object({ field: Type.String(), message: Type.String() }))),
});

function isErrorCode(name: string): name is ErrorCode {
  return Object.hasOwn(errorTable, name);
}

/** An answer that was no success. `code` is of the error table; `internal` where the answer is no problem document of ours. */
export class ApiProblem extends Error {
  readonly status: number;
  readonly code: ErrorCode;
  readonly correlationId: string | undefined;
  readonly fields: readonly FieldError[];
  /** How long the server asks to wait, where it says so. */
  readonly retryAfterMs: number | undefined;

  constructor(status: number, body: unknown, retryAfterMs: number | undefined) {
    const problem = Value.Check(ProblemAnswer, body) ? body : undefined;
    const code = problem !== undefined && isErrorCode(problem.code) ? problem.code : 'internal';
    super(problem?.detail ?? errorTable[code].title);
    this.name = 'ApiProblem';
    this.status = status;
    this.code = code;
    this.correlationId = problem?.correlationId;
    this.fields = problem?.errors ?? [];
    this.retryAfterMs = retryAfterMs;
  }
}

/** A success that does not have the shape that its operation names. */
export class UnexpectedAnswer extends Error {
  override readonly name = 'UnexpectedAnswer';
}

/** The milliseconds of a Retry-After header in seconds (RFC 9110, section 10.2.3); a date is taken for none. */
export function retryAfterMsOf(header: string | null): number | undefined {
  return header !== null && /^\d{1,6}$/.test(header) ? Number(header) * 1_000 : undefined;
}

import { ApiProblem, UnexpectedAnswer } from '#client/index.ts';
import type { ErrorCode, FieldError } from '#contracts/errors.ts';

/** What each code of the API is called in the languages (`problem.NAME`); a code that is not here shows the server's words. */
const names = {
  code_invalid: 'code_invalid',
  second_factor_invalid: 'second_factor_invalid',
  second_factor_over: 'second_factor_over',
  passkey_invalid: 'passkey_invalid',
  reauthentication_required: 'reauthentication_required',
  account_disabled: 'account_disabled',
  unauthenticated: 'unauthenticated',
  forbidden: 'forbidden',
  not_found: 'not_found',
  already_exists: 'already_exists',
  in_use: 'in_use',
  state_conflict: 'state_conflict',
  request_in_flight: 'request_in_flight',
  idempotency_key_reused: 'idempotency_key_reused',
  count_below_reserved: 'count_below_reserved',
  stale: 'stale',
  reference_missing: 'reference_missing',
  foreign_home_region: 'foreign_home_region',
  too_many_requests: 'too_many_requests',
  internal: 'internal',
  upstream_failed: 'unreachable',
  unavailable: 'unreachable',
  upstream_timeout: 'unreachable',
} as const satisfies Partial<Record<ErrorCode, string>>;

const nameOfCode: ReadonlyMap<string, string> = new Map(Object.entries(names));

/** The client's code for an answer whose code it does not know, or that has none. */
const noCode: ErrorCode = 'internal';

/** For an answer without a problem document: a proxy's own. */
const nameOfStatus: ReadonlyMap<number, string> = new Map([
  [403, 'forbidden'],
  [404, 'not_found'],
  [412, 'stale'],
  [429, 'too_many_requests'],
  [500, 'internal'],
  [502, 'unreachable'],
  [503, 'unreachable'],
  [504, 'unreachable'],
]);

export type FieldErrors = Readonly<Record<string, string>>;

/**
 * An answer that is not a success (RFC 9457), or no answer at all (status 0). `code` is the API's, with what means "no answer" folded
 * into `unreachable`; `message` is a translation key where the code is known, else the server's own words; `body.errors` is where react-admin looks for the errors of fields.
 */
export class ProblemError extends Error {
  readonly status: number;
  readonly code: string;
  readonly body: { readonly errors?: FieldErrors };
  /** How long the server asks to wait, where it says so. */
  readonly retryAfterMs: number | undefined;

  constructor(status: number, code: string, message: string, errors?: FieldErrors, retryAfterMs?: number) {
    super(message);
    this.name = 'ProblemError';
    this.status = status;
    this.code = code;
    this.body = errors === undefined ? {} : { errors };
    this.retryAfterMs = retryAfterMs;
  }
}

/** An answer that does not have the shape it must have. */
export function notUnderstood(): ProblemError {
  return new ProblemError(0, 'not_understood', 'problem.not_understood');
}

/** No answer came: the network, a region or the way to it is down. */
export function unreachable(): ProblemError {
  return new ProblemError(0, 'unreachable', 'problem.unreachable');
}

/** Whether an error says that the region did not answer, rather than that it refused. */
export function isUnreachable(error: unknown): boolean {
  return error instanceof ProblemError && error.code === 'unreachable';
}

/** What a failed call is to the panel. An abort stays what it is. */
export function problemOf(failure: unknown): unknown {
  if (failure instanceof ProblemError) return failure;
  if (failure instanceof ApiProblem) return problemFrom(failure);
  if (failure instanceof UnexpectedAnswer) return notUnderstood();
  if (failure instanceof DOMException && failure.name === 'AbortError') return failure;
  return unreachable();
}

function problemFrom(failure: ApiProblem): ProblemError {
  const { status, code, fields, retryAfterMs } = failure;
  const name = code === noCode ? nameOfStatus.get(status) : nameOfCode.get(code);
  const message = name === undefined ? wordsOf(failure) : `problem.${name}`;
  return new ProblemError(status, name ?? (code === noCode ? 'unknown' : code), message, fieldErrors(fields), retryAfterMs);
}

/** The server's own words, with the id under which its log knows the request. */
function wordsOf({ message, correlationId }: ApiProblem): string {
  return correlationId === undefined ? message : `${message} (${correlationId})`;
}

/** Errors by the input they belong to: `/price/amountMinor` and `price.amountMinor` are both the input `price`. */
function fieldErrors(list: readonly FieldError[]): FieldErrors | undefined {
  const errors: Record<string, string> = {};
  for (const { field: path, message } of list) {
    const field = path.replace(/^\/|^body\//, '').split(/[/.]/)[0];
    if (field !== undefined && field !== '') errors[field] ??= message;
  }
  return Object.keys(errors).length === 0 ? undefined : errors;
}

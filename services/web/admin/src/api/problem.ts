import type { ErrorCode } from '#contracts/errors.ts';
import { isObject, textOf } from './reading.ts';

/** What each code of the API is called in the languages (`problem.NAME`); a code that is not here shows the server's words. */
const names = {
  code_invalid: 'code_invalid',
  unauthenticated: 'unauthenticated',
  forbidden: 'forbidden',
  not_found: 'not_found',
  already_exists: 'already_exists',
  in_use: 'in_use',
  stale: 'stale',
  reference_missing: 'reference_missing',
  too_many_requests: 'too_many_requests',
  internal: 'internal',
  upstream_failed: 'unreachable',
  unavailable: 'unreachable',
  upstream_timeout: 'unreachable',
} as const satisfies Partial<Record<ErrorCode, string>>;

const nameOfCode: ReadonlyMap<string, string> = new Map(Object.entries(names));

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

  constructor(status: number, code: string, message: string, errors?: FieldErrors) {
    super(message);
    this.name = 'ProblemError';
    this.status = status;
    this.code = code;
    this.body = errors === undefined ? {} : { errors };
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

/** Turns the body of a failed answer into an error; a body that is no problem document is told by its status alone. */
export function problemFrom(status: number, body: unknown): ProblemError {
  const document = isObject(body) ? body : {};
  const code = textOf(document['code']);
  const name = code === undefined ? nameOfStatus.get(status) : nameOfCode.get(code);
  const message = name === undefined ? wordsOf(status, document) : `problem.${name}`;
  return new ProblemError(status, name ?? code ?? 'unknown', message, fieldErrors(document['errors']));
}

/** The server's own words, with the id under which its log knows the request. */
function wordsOf(status: number, document: Readonly<Record<string, unknown>>): string {
  const words = textOf(document['detail']) ?? textOf(document['title']) ?? `HTTP ${status}`;
  const correlationId = textOf(document['correlationId']);
  return correlationId === undefined ? words : `${words} (${correlationId})`;
}

/** Errors by the input they belong to: `/price/amountMinor` and `price.amountMinor` are both the input `price`. */
function fieldErrors(list: unknown): FieldErrors | undefined {
  if (!Array.isArray(list)) return undefined;
  const errors: Record<string, string> = {};
  for (const entry of list) {
    if (!isObject(entry)) continue;
    const field = textOf(entry['field'])
      ?.replace(/^\/|^body\//, '')
      .split(/[/.]/)[0];
    const message = textOf(entry['message']);
    if (field !== undefined && field !== '' && message !== undefined) errors[field] ??= message;
  }
  return Object.keys(errors).length === 0 ? undefined : errors;
}

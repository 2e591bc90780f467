import { isObject, textOf } from './reading.ts';

/** Codes that have a message of their own (`problem.CODE` in the languages); others show what the server says. */
const namedCodes: ReadonlySet<string> = new Set([
  'unreachable',
  'code_invalid',
  'too_many_requests',
  'already_exists',
  'precondition_failed',
  'forbidden',
  'not_found',
  'internal',
]);

/** Where the API has several codes for what is one thing to the person at the panel. */
const codeByStatus: Readonly<Record<number, string>> = {
  403: 'forbidden',
  404: 'not_found',
  412: 'precondition_failed',
  429: 'too_many_requests',
  500: 'internal',
  502: 'unreachable',
  503: 'unreachable',
  504: 'unreachable',
};

export type FieldErrors = Readonly<Record<string, string>>;

/**
 * An answer that is not a success (RFC 9457), or no answer at all (status 0). `message` is a translation key where the
 * code is known, else the server's own words; `body.errors` is where react-admin looks for the errors of fields.
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
  const told = textOf(document['code']);
  const code = told !== undefined && namedCodes.has(told) ? told : (codeByStatus[status] ?? told ?? 'unknown');
  const errors = fieldErrors(document['errors']);
  return new ProblemError(status, code, messageOf(code, status, document), errors);
}

function messageOf(code: string, status: number, document: Readonly<Record<string, unknown>>): string {
  if (namedCodes.has(code)) return `problem.${code}`;
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
    const field = textOf(entry['field'])?.replace(/^\/|^body\//, '').split(/[/.]/)[0];
    const message = textOf(entry['message']);
    if (field !== undefined && field !== '' && message !== undefined) errors[field] ??= message;
  }
  return Object.keys(errors).length === 0 ? undefined : errors;
}

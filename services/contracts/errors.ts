/**
 * The one table of error codes. A code is part of the public API: it may be added, never reused for something else.
 * `title` is what RFC 9457 calls the short, human-readable summary; it holds no data of the request.
 */
export const errorTable = {
  invalid_request: { status: 400, title: 'The request does not fit the schema' },
  malformed_request: { status: 400, title: 'This could not be read as HTTP' },
  malformed_body: { status: 400, title: 'The body could not be read' },
  idempotency_key_missing: { status: 400, title: 'Say with Idempotency-Key which request this is, so that it can be repeated' },
  unauthenticated: { status: 401, title: 'Sign in first' },
  sign_in_again: { status: 401, title: 'Sign in again: this asks for a sign-in of just now' },
  code_invalid: { status: 401, title: 'The code is wrong, used or expired' },
  second_factor_invalid: { status: 401, title: 'The second factor is wrong or used' },
  second_factor_over: { status: 401, title: 'This sign-in has expired, or was tried too often: begin anew' },
  passkey_invalid: { status: 401, title: 'The passkey was not accepted' },
  refresh_invalid: { status: 401, title: 'The refresh token is not valid any more' },
  signature_missing: { status: 401, title: 'The request is not signed' },
  signature_invalid: { status: 401, title: 'The signature does not fit the request' },
  signature_clock: { status: 401, title: 'The signature was created too far from this clock, or has expired' },
  signature_replayed: { status: 401, title: 'This signature has been used before' },
  signing_key_unknown: { status: 401, title: 'The signing key is not known here' },
  digest_mismatch: { status: 400, title: 'The body does not fit its digest' },
  account_disabled: { status: 403, title: 'This account is disabled' },
  reauthentication_required: { status: 403, title: 'Sign in anew first: this wants a fresh proof of who you are' },
  consent_required: { status: 403, title: 'Agree to it first' },
  forbidden: { status: 403, title: 'Your role may not do this' },
  not_found: { status: 404, title: 'There is nothing here' },
  method_not_allowed: { status: 405, title: 'This method is not allowed here' },
  request_timeout: { status: 408, title: 'The request took too long to arrive' },
  contact_taken: { status: 409, title: 'It belongs to another account' },
  last_contact: { status: 409, title: 'An account keeps a mail address or a telephone number' },
  already_exists: { status: 409, title: 'It exists already' },
  state_falls: { status: 409, title: 'Its state only moves forward' },
  foreign_home_region: { status: 409, title: 'Another region owns it: only that one may write it' },
  state_conflict: { status: 409, title: 'Its state does not allow this' },
  price_changed: { status: 409, title: 'It costs something else by now' },
  price_overlaps: { status: 409, title: 'There is another price for a part of that time' },
  count_below_reserved: { status: 409, title: 'Fewer were counted than are reserved' },
  out_of_stock: { status: 409, title: 'There is not enough of it' },
  limit_reached: { status: 409, title: 'There are as many as there may be' },
  in_use: { status: 409, title: 'Something else still refers to it' },
  request_in_flight: { status: 409, title: 'The same request is under way' },
  account_erased: { status: 410, title: 'This account has been erased' },
  stale: { status: 412, title: 'It has been changed meanwhile' },
  body_too_large: { status: 413, title: 'The body is too large' },
  batch_too_slow: { status: 413, title: 'The batch takes longer than a statement may: send fewer rows at a time' },
  unsupported_media_type: { status: 415, title: 'This media type is not understood' },
  idempotency_key_reused: { status: 422, title: 'This Idempotency-Key belongs to another request' },
  reference_missing: { status: 422, title: 'It refers to something that does not exist' },
  not_deliverable: { status: 422, title: 'It is not sold there, or not in this currency' },
  amount_too_large: { status: 422, title: 'The sum is more than can be sold at once' },
  sms_unavailable: { status: 422, title: 'No text messages are sent from here' },
  link_code_invalid: { status: 422, title: 'The code is wrong, used or expired, or has not arrived here yet' },
  protocol_unsupported: { status: 422, title: 'This protocol version is not spoken here' },
  if_match_required: { status: 428, title: 'Say with If-Match which version you have seen' },
  too_many_requests: { status: 429, title: 'Too many requests' },
  headers_too_large: { status: 431, title: 'The headers are too large' },
  internal: { status: 500, title: 'Something went wrong here' },
  upstream_failed: { status: 502, title: 'A service behind this one did not answer' },
  unavailable: { status: 503, title: 'Not available now; try again' },
  upstream_timeout: { status: 504, title: 'A service behind this one took too long' },
} as const satisfies Record<string, { status: number; title: string }>;

export type ErrorCode = keyof typeof errorTable;

/** What a problem may tell besides its code. */
export interface ProblemExtras {
  readonly detail?: string;
  readonly correlationId?: string;
  readonly errors?: readonly FieldError[];
  /** With protocol_unsupported: the versions that are spoken. */
  readonly spoken?: readonly string[];
  /** With price_changed: what it costs now. */
  readonly total?: { readonly amountMinor: number; readonly currency: string };
  /** With out_of_stock: what there is less of than was wanted. */
  readonly short?: readonly Shortage[];
}

/** An RFC 9457 problem document as every service and front answers it. */
export interface Problem extends ProblemExtras {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: ErrorCode;
}

export interface Shortage {
  readonly productId: string;
  readonly available: number;
}

/** What is wrong with one field; `field` is a dotted path into the body, query or parameters. */
export interface FieldError {
  readonly field: string;
  readonly message: string;
}

/** Builds the problem document for `code`. Pure; the caller chooses a detail that is fit for a client's eyes. */
export function problemOf(code: ErrorCode, extra: ProblemExtras = {}): Problem {
  const { status, title } = errorTable[code];
  return { type: `urn:madeinworld:problem:${code}`, title, status, code, ...extra };
}

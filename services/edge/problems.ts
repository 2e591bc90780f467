/** The errors which the edge itself can answer; codes and titles are the public API's own. */
const problems = {
  not_found: { status: 404, title: 'There is nothing here' },
  method_not_allowed: { status: 405, title: 'This method is not allowed here' },
  body_too_large: { status: 413, title: 'The body is too large' },
  too_many_requests: { status: 429, title: 'Too many requests' },
  internal: { status: 500, title: 'Something went wrong here' },
  upstream_failed: { status: 502, title: 'A service behind this one did not answer' },
  upstream_timeout: { status: 504, title: 'A service behind this one took too long' },
} as const;

export type EdgeErrorCode = keyof typeof problems;

/** What the edge answers instead of forwarding, or instead of what did not come back. */
export class Refusal extends Error {
  readonly code: EdgeErrorCode;
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: EdgeErrorCode, headers: Readonly<Record<string, string>> = {}) {
    super(code);
    this.code = code;
    this.headers = headers;
  }
}

/** The refusal as an RFC 9457 problem document. */
export function problemResponse(refusal: Refusal, correlationId: string): Response {
  const { status, title } = problems[refusal.code];
  const body = { type: `urn:madeinworld:problem:${refusal.code}`, title, status, code: refusal.code, correlationId };
  return new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/problem+json', 'cache-control': 'no-store', ...refusal.headers },
  });
}

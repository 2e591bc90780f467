const titles = {
  not_found: [404, 'There is nothing here'],
  method_not_allowed: [405, 'This method is not allowed here'],
  body_too_large: [413, 'The body is too large'],
  too_many_requests: [429, 'Too many requests'],
  internal: [500, 'Something went wrong here'],
  upstream_failed: [502, 'A service behind this one did not answer'],
  upstream_timeout: [504, 'A service behind this one took too long'],
} as const;

export type ProblemCode = keyof typeof titles;

/** An answer that the gateway gives by itself. */
export class GatewayProblem extends Error {
  readonly code: ProblemCode;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: ProblemCode, headers: Readonly<Record<string, string>> = {}) {
    super(code);
    this.code = code;
    this.status = titles[code][0];
    this.headers = headers;
  }

  /** The RFC 9457 document. */
  document(correlationId: string): string {
    const type = `urn:madeinworld:problem:${this.code}`;
    return JSON.stringify({ type, title: titles[this.code][1], status: this.status, code: this.code, correlationId });
  }
}

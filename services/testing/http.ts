import type { Static, TSchema } from 'typebox';
import { Value } from 'typebox/value';

import type { Role } from '#platform/access.ts';
import type { App } from '#platform/app.ts';

import type { TestTokens } from './tokens.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  /** Parsed where it is JSON, text otherwise; undefined where there is none. */
  readonly body: unknown;
}

/** Who calls: a role, or an account of it. */
type CallerOfTest = Role | { readonly role: Role; readonly accountId: string };

export interface CallOptions {
  readonly as?: CallerOfTest | undefined;
  readonly body?: unknown;
  readonly ifMatch?: string;
  readonly idempotencyKey?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export type Call = (method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', url: string, options?: CallOptions) => Promise<Answer>;

/** Sends requests to `app` without a listener, as nobody or with the token of a role. */
export function callerFor(app: App, tokens: TestTokens): Call {
  const bearer = async (as: CallerOfTest): Promise<string> =>
    `Bearer ${await (typeof as === 'string' ? tokens.tokenOf(as) : tokens.tokenOf(as.role, as.accountId))}`;
  return async (method, url, { as, body, ifMatch, idempotencyKey, headers } = {}) => {
    const response = await app.inject({
      method,
      url,
      headers: {
        ...(as === undefined ? {} : { authorization: await bearer(as) }),
        ...(ifMatch === undefined ? {} : { 'if-match': ifMatch }),
        ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { payload: JSON.stringify(body) }),
    });
    const isJson = /[/+]json\b/.test(String(response.headers['content-type'] ?? ''));
    return {
      status: response.statusCode,
      headers: response.headers,
      body: response.body === '' ? undefined : isJson ? response.json() : response.body,
    };
  };
}

/** The body of an answer, which must be what the contract says. */
export function bodyOf<Schema extends TSchema>(schema: Schema, answer: Answer): Static<Schema> {
  if (!Value.Check(schema, answer.body)) throw new Error(`${answer.status}: ${JSON.stringify(answer.body)}`);
  return answer.body;
}

/** Collects what a service answers otherwise than it declares; `assertNone` throws it, for the end of a test file. */
export function collectFaults(): { report(fault: string): void; all(): readonly string[]; assertNone(): void } {
  const faults = new Set<string>();
  return {
    report: (fault) => void faults.add(fault),
    all: () => [...faults],
    assertNone() {
      if (faults.size > 0) throw new Error(`answers that are not as declared:\n${[...faults].join('\n')}`);
    },
  };
}

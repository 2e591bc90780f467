import { Type, type Static, type TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { Pool } from 'undici';

import { readRetryAfter, realRetryDeps, retrying, Transient, type RetryDeps, type Signals } from './retry.ts';

/** The API refused, or could not be reached for long. The message is a sentence for the person who imports. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number | undefined;

  constructor(message: string, status?: number, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
  }
}

export interface Request<Body extends TSchema> {
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly path: string;
  readonly token?: string;
  readonly idempotencyKey?: string;
  readonly body?: unknown;
  /** What a success holds; other statuses listed in `accept` give undefined. */
  readonly answer: Body;
  readonly accept?: readonly number[];
}

/** What a request that is being repeated waits for. */
export interface Waiting {
  /** The last failure in a few words, `502 upstream_failed`. */
  readonly reason: string;
  readonly retry: number;
}

export interface Api {
  readonly url: string;
  /** Sends a request until it is answered for good; see `retrying`. Throws `ApiError`. */
  send<Body extends TSchema>(request: Request<Body>, signals: Signals): Promise<Static<Body> | undefined>;
  /** How many attempts were repeated. */
  readonly retries: number;
  /** The request that has been repeated most of those without an answer so far; undefined while nothing is repeated. */
  readonly waiting: Waiting | undefined;
  close(): Promise<void>;
}

const Problem = Type.Object({
  title: Type.Optional(Type.String()),
  code: Type.Optional(Type.String()),
  detail: Type.Optional(Type.String()),
  errors: Type.Optional(Type.Array(Type.Object({ field: Type.String(), message: Type.String() }))),
});
const TRANSIENT_STATUSES = new Set([429, 502, 503, 504]);
/** Longer than the front's own patience with a bulk request, so that its answer is heard. */
const ANSWER_TIMEOUT_MS = 45_000;

/** A connection to the public API of a region, over its front, with as many requests at once as `connections`. */
export function openApi(options: { url: string; connections: number; patienceMs?: number; deps?: RetryDeps }): Api {
  const pool = new Pool(options.url, {
    connections: options.connections,
    headersTimeout: ANSWER_TIMEOUT_MS,
    bodyTimeout: ANSWER_TIMEOUT_MS,
  });
  const patienceMs = options.patienceMs ?? 120_000;
  const deps = options.deps ?? realRetryDeps;
  let retries = 0;
  const repeated = new Set<{ reason: string; retry: number }>();

  const attempt = async <Body extends TSchema>(request: Request<Body>, { abandon }: Signals): Promise<Static<Body> | undefined> => {
    const response = await pool
      .request({
        method: request.method,
        path: request.path,
        headers: {
          accept: 'application/json',
          ...(request.body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(request.token === undefined ? {} : { authorization: `Bearer ${request.token}` }),
          ...(request.idempotencyKey === undefined ? {} : { 'idempotency-key': request.idempotencyKey }),
        },
        body: request.body === undefined ? null : JSON.stringify(request.body),
        signal: abandon,
      })
      .catch((cause: Error) => {
        throw new Transient(`the connection failed (${cause.message})`, undefined, { cause, brief: 'no connection' });
      });
    const text = await response.body.text().catch((cause: Error) => {
      throw new Transient(`the answer broke off (${cause.message})`, undefined, { cause, brief: 'the answer broke off' });
    });
    const { statusCode, headers } = response;
    if (statusCode >= 200 && statusCode < 300) return readAnswer(request, text);
    if (request.accept?.includes(statusCode) === true) return undefined;
    const complaint = describe(statusCode, text);
    if (!TRANSIENT_STATUSES.has(statusCode)) throw new ApiError(`${request.method} ${request.path} was answered ${complaint}`, statusCode);
    const retryAfter = headers['retry-after'];
    const retryAfterMs = readRetryAfter(typeof retryAfter === 'string' ? retryAfter : undefined, Date.now());
    throw new Transient(`it answered ${complaint}`, retryAfterMs, { brief: describeBriefly(statusCode, text) });
  };

  return {
    url: options.url,
    get retries() {
      return retries;
    },
    get waiting() {
      return [...repeated].reduce<Waiting | undefined>(
        (most, one) => (most !== undefined && most.retry >= one.retry ? most : one),
        undefined,
      );
    },
    async send(request, signals) {
      const waiting = { reason: '', retry: 0 };
      const onRetry = ({ brief }: Transient): void => {
        retries += 1;
        waiting.reason = brief;
        waiting.retry += 1;
        repeated.add(waiting);
      };
      try {
        return await retrying(() => attempt(request, signals), { patienceMs, signals, deps, onRetry });
      } catch (error) {
        if (!(error instanceof Transient)) throw error;
        const seconds = Math.round(patienceMs / 1_000);
        const message = `${options.url} did not take ${request.method} ${request.path} for ${seconds} s: ${error.message}`;
        throw new ApiError(message, undefined, { cause: error });
      } finally {
        repeated.delete(waiting);
      }
    },
    close: () => pool.destroy(),
  };
}

function readAnswer<Body extends TSchema>(request: Request<Body>, text: string): Static<Body> {
  const value = parseJson(text);
  if (!Value.Check(request.answer, value)) throw new ApiError(`${request.method} ${request.path} was answered with something unexpected`);
  return value;
}

function describeBriefly(status: number, text: string): string {
  const problem = parseJson(text);
  return Value.Check(Problem, problem) && problem.code !== undefined ? `${status} ${problem.code}` : String(status);
}

function describe(status: number, text: string): string {
  const problem = parseJson(text);
  if (!Value.Check(Problem, problem)) return String(status);
  const fields = (problem.errors ?? []).map(({ field, message }) => `${field} ${message}`).join('; ');
  return [`${status} ${problem.code ?? ''}`.trim(), problem.detail ?? problem.title, fields].filter(Boolean).join(': ');
}

function parseJson(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

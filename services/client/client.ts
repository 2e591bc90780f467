import type { TSchema } from 'typebox';
import { Value } from 'typebox/value';

import type { ClientOperation, Input, Output } from './operation.ts';
import { ApiProblem, retryAfterMsOf, UnexpectedAnswer } from './problem.ts';

export interface ClientOptions {
  /** Where a region's front answers; a path of it goes before each operation's. */
  readonly baseUrl: string;
  /** The access token, asked for before each request; undefined: nobody's. */
  readonly token?: () => Promise<string | undefined> | string | undefined;
  readonly fetch?: typeof fetch;
  readonly timeoutMs?: number;
  /** How often a request that may be repeated is sent at most. */
  readonly attempts?: number;
  /** What a call rejects with instead of its failure, for who has words of their own for it. */
  readonly told?: (failure: unknown) => unknown;
  /** Resolves after `delayMs`; for tests. */
  readonly wait?: (delayMs: number) => Promise<void>;
}

export interface ClientAnswer<Body> {
  readonly status: number;
  readonly body: Body;
  /** What a later change names in `ifMatch`. */
  readonly etag: string | undefined;
  readonly headers: Headers;
}

export type Client<Operations extends Readonly<Record<string, ClientOperation>>> = {
  readonly [Id in keyof Operations]: (input: Input<Operations[Id]> & Waiting) => Promise<ClientAnswer<Output<Operations[Id]>>>;
};

interface Waiting {
  /** Ends the call, and its repetitions, when nobody waits for it any more. */
  readonly signal?: AbortSignal | undefined;
}

/** What an input may hold, whatever the operation. */
interface AnyInput extends Waiting {
  readonly params?: Readonly<Record<string, unknown>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
  readonly contentType?: string;
  readonly ifMatch?: string;
  readonly idempotencyKey?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Calls any operation; for who has it from a table, and not from the code. */
export type Call = (operation: ClientOperation, input: AnyInput) => Promise<ClientAnswer<unknown>>;

const TIMEOUT_MS = 30_000;
const ATTEMPTS = 3;
const RETRY_MS = 200;
const LONGEST_WAIT_MS = 10_000;
const retried: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/**
 * A client of `operations`. Each call resolves with an answer of its schema, and rejects with ApiProblem for what is no success, or with fetch's own error where
 * nothing answered. What may be repeated without harm (reads, replacements, posts with an idempotency key) is, when the server is busy
 * or silent.
 */
export function createClient<const Operations extends Readonly<Record<string, ClientOperation>>>(
  operations: Operations,
  options: ClientOptions,
): Client<Operations>;
export function createClient(operations: Readonly<Record<string, ClientOperation>>, options: ClientOptions): object {
  const call = createCall(options);
  return Object.fromEntries(Object.entries(operations).map(([id, operation]) => [id, (input: AnyInput) => call(operation, input)]));
}

/** As `createClient`, of whatever operation. The answer is checked by its schema all the same; the types of the input are the caller's business. */
export function createCall(options: ClientOptions): Call {
  const { attempts = ATTEMPTS, wait = (delayMs) => new Promise((resolve) => setTimeout(resolve, delayMs)), told } = options;
  return async (operation, input) => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await send(operation, input, options);
      } catch (error) {
        if (attempt >= attempts || !isRepeatable(operation, input) || !isPassing(error, input.signal)) throw told?.(error) ?? error;
        const asked = error instanceof ApiProblem ? error.retryAfterMs : undefined;
        // Before its time it would be refused again, and longer nobody waits who could be told now.
        if (asked !== undefined && asked > LONGEST_WAIT_MS) throw told?.(error) ?? error;
        await wait(asked ?? RETRY_MS * 2 ** (attempt - 1));
      }
    }
  };
}

/** Whether it may be better the next time: the server is busy, or did not answer. */
function isPassing(error: unknown, signal: AbortSignal | undefined): boolean {
  if (signal?.aborted === true || error instanceof UnexpectedAnswer) return false;
  return error instanceof ApiProblem ? retried.has(error.status) : true;
}

function isRepeatable({ method }: ClientOperation, { idempotencyKey }: AnyInput): boolean {
  return method === 'GET' || method === 'PUT' || idempotencyKey !== undefined;
}

async function send(operation: ClientOperation, input: AnyInput, options: ClientOptions): Promise<ClientAnswer<unknown>> {
  const { fetch: send = fetch, token, timeoutMs = TIMEOUT_MS } = options;
  const bearer = await token?.();
  const headers: Record<string, string> = {
    accept: operation.media?.join(', ') ?? 'application/json',
    ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
    ...(input.body === undefined ? {} : { 'content-type': input.contentType ?? 'application/json' }),
    ...(input.ifMatch === undefined ? {} : { 'if-match': input.ifMatch }),
    ...(input.idempotencyKey === undefined ? {} : { 'idempotency-key': input.idempotencyKey }),
    ...input.headers,
  };
  const response = await send(urlOf(operation, input, options.baseUrl), {
    method: operation.method,
    headers,
    signal: AbortSignal.any([AbortSignal.timeout(timeoutMs), ...(input.signal === undefined ? [] : [input.signal])]),
    ...(input.body === undefined ? {} : { body: bodyOf(operation, input.body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new ApiProblem(response.status, parsed(text), retryAfterMsOf(response.headers.get('retry-after')));
  return {
    status: response.status,
    body: operation.media !== undefined ? text : operation.answer === null ? undefined : checked(operation.answer, parsed(text), operation),
    etag: response.headers.get('etag') ?? undefined,
    headers: response.headers,
  };
}

function bodyOf({ takes, method, path }: ClientOperation, body: unknown): string | Uint8Array<ArrayBuffer> {
  if (takes === undefined) return JSON.stringify(body);
  if (typeof body === 'string') return body;
  if (body instanceof Uint8Array) return new Uint8Array(body);
  throw new TypeError(`${method} ${path} takes text or bytes`);
}

/** The address of a call. Pure. */
export function urlOf(operation: Pick<ClientOperation, 'path'>, input: AnyInput, baseUrl: string): URL {
  const path = operation.path.replaceAll(/:(\w+)/g, (_, name: string) => encodeURIComponent(textOf(input.params?.[name])));
  const url = new URL(`${baseUrl.replace(/\/$/, '')}${path}`);
  for (const [name, value] of Object.entries(input.query ?? {})) {
    // Of a list each item is a parameter of that name.
    for (const one of Array.isArray(value) ? value : [value]) if (one !== undefined) url.searchParams.append(name, textOf(one));
  }
  return url;
}

/** Parameters are text, numbers and booleans. */
function textOf(value: unknown): string {
  return typeof value === 'string' ? value : typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function checked(schema: TSchema, body: unknown, { method, path }: ClientOperation): unknown {
  if (Value.Check(schema, body)) return body;
  throw new UnexpectedAnswer(`${method} ${path} was answered with something else than its schema names`);
}

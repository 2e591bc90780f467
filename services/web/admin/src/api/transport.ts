import { problemFrom, unreachable } from './problem.ts';

export type ApiRequest = {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Below the base, `/v1/products`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly body?: unknown;
  readonly token?: string | undefined;
  readonly ifMatch?: string | undefined;
  readonly signal?: AbortSignal | undefined;
};

export type ApiReply = { readonly status: number; readonly etag: string | undefined; readonly body: unknown };

/** Sends one request to a region; rejects with a `ProblemError` for anything but a success. */
export type Transport = (request: ApiRequest) => Promise<ApiReply>;

/** A transport to the API below `baseUrl`. An aborted request rejects with the abort itself. */
export function createTransport(baseUrl: string): Transport {
  return async (request) => {
    const response = await answered(fetch(`${baseUrl}${request.path}${queryText(request.query)}`, init(request)), request);
    const body = await answered(readBody(response), request);
    if (!response.ok) throw problemFrom(response.status, body);
    return { status: response.status, etag: response.headers.get('etag') ?? undefined, body };
  };
}

async function answered<T>(pending: Promise<T>, request: ApiRequest): Promise<T> {
  try {
    return await pending;
  } catch (error) {
    if (request.signal?.aborted) throw error;
    throw unreachable();
  }
}

function init(request: ApiRequest): RequestInit {
  const headers: Record<string, string> = { accept: 'application/json, application/problem+json' };
  if (request.body !== undefined) headers['content-type'] = 'application/json';
  if (request.token !== undefined) headers['authorization'] = `Bearer ${request.token}`;
  if (request.ifMatch !== undefined) headers['if-match'] = request.ifMatch;
  return {
    method: request.method,
    headers,
    cache: 'no-store',
    ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
    ...(request.signal === undefined ? {} : { signal: request.signal }),
  };
}

function queryText(query: ApiRequest['query']): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined && value !== '') parameters.set(name, String(value));
  }
  const text = parameters.toString();
  return text === '' ? '' : `?${text}`;
}

/** The JSON of an answer; nothing for an empty one, and for what is no JSON (a proxy's own error page). */
async function readBody(response: Response): Promise<unknown> {
  const text = await response.text();
  if (text === '') return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    return undefined;
  }
}

import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

import { Type } from 'typebox';
import { Value } from 'typebox/value';

import { messageOf } from '../errors.ts';

const compress = promisify(gzip);

/** `later`: the collector cannot take it now. `refused`: it never will. */
export type Delivery =
  | { readonly end: 'taken'; readonly rejected: number }
  | { readonly end: 'later'; readonly afterMs: number | undefined; readonly reason: string }
  | { readonly end: 'refused'; readonly reason: string };

export interface PostOptions {
  readonly headers: Readonly<Record<string, string>>;
  readonly gzip: boolean;
  readonly timeoutMs: number;
}

const RETRYABLE: ReadonlySet<number> = new Set([429, 502, 503, 504]);
const LONGEST_RETRY_AFTER_MS = 60_000;

const Count = Type.Union([Type.String({ pattern: '^[0-9]+$' }), Type.Integer({ minimum: 0 })]);
const PartialSuccess = Type.Object({
  partialSuccess: Type.Object({ rejectedSpans: Type.Optional(Count), rejectedDataPoints: Type.Optional(Count) }),
});

/** Posts one request of OTLP/HTTP (https://opentelemetry.io/docs/specs/otlp/#otlphttp). Never throws; `signal` gives it up. */
export async function postOtlp(url: string, body: object, options: PostOptions, signal: AbortSignal): Promise<Delivery> {
  const json = Buffer.from(JSON.stringify(body));
  try {
    const answer = await fetch(url, {
      method: 'POST',
      headers: {
        ...options.headers,
        'content-type': 'application/json',
        ...(options.gzip ? { 'content-encoding': 'gzip' } : {}),
      },
      body: options.gzip ? await compress(json) : json,
      redirect: 'error',
      signal: AbortSignal.any([signal, AbortSignal.timeout(options.timeoutMs)]),
    });
    // Read to its end, or the connection could not be used again.
    const text = await answer.text();
    if (answer.ok) return { end: 'taken', rejected: rejectedIn(text) };
    const reason = `HTTP ${answer.status}`;
    if (!RETRYABLE.has(answer.status)) return { end: 'refused', reason };
    return { end: 'later', reason, afterMs: retryAfterOf(answer.headers.get('retry-after')) };
  } catch (error) {
    return {
      end: 'later',
      reason: messageOf(error instanceof Error && error.cause !== undefined ? error.cause : error),
      afterMs: undefined,
    };
  }
}

/** How much of a request that was taken the collector threw away. */
function rejectedIn(text: string): number {
  try {
    const answer: unknown = JSON.parse(text);
    if (!Value.Check(PartialSuccess, answer)) return 0;
    return Number(answer.partialSuccess.rejectedSpans ?? answer.partialSuccess.rejectedDataPoints ?? 0);
  } catch {
    return 0;
  }
}

function retryAfterOf(header: string | null): number | undefined {
  return header !== null && /^[0-9]{1,9}$/.test(header) ? Math.min(Number(header) * 1_000, LONGEST_RETRY_AFTER_MS) : undefined;
}

import type { RequestSpan } from '../tracing.ts';
import { attributesOf, type KeyValue, nanosecondsOf, type Resource, SCOPE } from './encode.ts';

const KIND_SERVER = 2;
const STATUS_ERROR = 2;
const CLIENT_GONE = 'client_gone';

interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly KeyValue[];
  readonly status: { readonly code?: number };
}

/** One span as OTLP has it, with HTTP's semantic conventions (https://opentelemetry.io/docs/specs/semconv/http/http-spans/#http-server-span). */
function encodeSpan({ trace, startMs, endMs, method, route, status, code }: RequestSpan): Span {
  const errorType = code ?? (status === undefined ? CLIENT_GONE : status >= 500 ? String(status) : undefined);
  return {
    traceId: trace.traceId,
    spanId: trace.spanId,
    ...(trace.parentSpanId === undefined ? {} : { parentSpanId: trace.parentSpanId }),
    name: route === undefined ? method : `${method} ${route}`,
    kind: KIND_SERVER,
    startTimeUnixNano: nanosecondsOf(startMs),
    endTimeUnixNano: nanosecondsOf(endMs),
    attributes: attributesOf({
      'http.request.method': method,
      'http.route': route,
      'http.response.status_code': status,
      'error.type': errorType,
    }),
    // What the client did wrong is no error of the server's span.
    status: status !== undefined && status >= 500 ? { code: STATUS_ERROR } : {},
  };
}

/** An ExportTraceServiceRequest: spans by their service. */
export function encodeSpans(spans: readonly RequestSpan[], resourceOf: (service: string) => Resource): object {
  const resourceSpans = [...Map.groupBy(spans, ({ service }) => service)].map(([service, own]) => ({
    resource: resourceOf(service),
    scopeSpans: [{ scope: SCOPE, spans: own.map(encodeSpan) }],
  }));
  return { resourceSpans };
}

import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { gunzipSync } from 'node:zlib';

import { Type, type Static } from 'typebox';
import { Value } from 'typebox/value';

const strict = { additionalProperties: false };
const Nanoseconds = Type.String({ pattern: '^[0-9]{19}$' });
const Count = Type.String({ pattern: '^[0-9]+$' });
const Attribute = Type.Object(
  {
    key: Type.String(),
    value: Type.Union([Type.Object({ stringValue: Type.String() }, strict), Type.Object({ intValue: Count }, strict)]),
  },
  strict,
);
const Resource = Type.Object({ attributes: Type.Array(Attribute) }, strict);
const Scope = Type.Object({ name: Type.String() }, strict);
const Span = Type.Object(
  {
    traceId: Type.String({ pattern: '^[0-9a-f]{32}$' }),
    spanId: Type.String({ pattern: '^[0-9a-f]{16}$' }),
    parentSpanId: Type.Optional(Type.String({ pattern: '^[0-9a-f]{16}$' })),
    name: Type.String(),
    kind: Type.Literal(2),
    startTimeUnixNano: Nanoseconds,
    endTimeUnixNano: Nanoseconds,
    attributes: Type.Array(Attribute),
    status: Type.Object({ code: Type.Optional(Type.Literal(2)) }, strict),
  },
  strict,
);
const point = { attributes: Type.Array(Attribute), startTimeUnixNano: Nanoseconds, timeUnixNano: Nanoseconds };
const NumberPoint = Type.Object({ ...point, asDouble: Type.Number() }, strict);
const HistogramPoint = Type.Object(
  { ...point, count: Count, sum: Type.Number(), bucketCounts: Type.Array(Count), explicitBounds: Type.Array(Type.Number()) },
  strict,
);
const described = { name: Type.String(), description: Type.String() };
const Metric = Type.Union([
  Type.Object(
    {
      ...described,
      sum: Type.Object(
        { dataPoints: Type.Array(NumberPoint), aggregationTemporality: Type.Literal(2), isMonotonic: Type.Literal(true) },
        strict,
      ),
    },
    strict,
  ),
  Type.Object({ ...described, gauge: Type.Object({ dataPoints: Type.Array(NumberPoint) }, strict) }, strict),
  Type.Object(
    { ...described, histogram: Type.Object({ dataPoints: Type.Array(HistogramPoint), aggregationTemporality: Type.Literal(2) }, strict) },
    strict,
  ),
]);

/** What opentelemetry-proto says of the messages, as far as they are sent: a name that is not here is a mistake. */
export const TracesRequest = Type.Object(
  {
    resourceSpans: Type.Array(
      Type.Object({ resource: Resource, scopeSpans: Type.Array(Type.Object({ scope: Scope, spans: Type.Array(Span) }, strict)) }, strict),
    ),
  },
  strict,
);
export const MetricsRequest = Type.Object(
  {
    resourceMetrics: Type.Array(
      Type.Object(
        { resource: Resource, scopeMetrics: Type.Array(Type.Object({ scope: Scope, metrics: Type.Array(Metric) }, strict)) },
        strict,
      ),
    ),
  },
  strict,
);
export type Span = Static<typeof Span>;
export type Metric = Static<typeof Metric>;

/** A span or metric with the resource that it came with, attributes as a plain object. */
export type Received<Item> = Item & { readonly resource: Readonly<Record<string, string>> };

export interface Collector {
  readonly url: string;
  readonly requests: { readonly path: string; readonly headers: IncomingMessage['headers'] }[];
  readonly spans: Received<Span>[];
  /** Of the last request. */
  readonly metrics: Received<Metric>[];
  /** What the next requests are answered, one each; `hang`: nothing. Then 200 again. */
  readonly answers: ('hang' | { status: number; headers?: Record<string, string>; body?: string })[];
  close(): Promise<void>;
}

export function plain(attributes: readonly Static<typeof Attribute>[]): Record<string, string> {
  return Object.fromEntries(
    attributes.map(({ key, value }) => [key, 'stringValue' in value ? value.stringValue : value.intValue] as const),
  );
}

/** A collector of OTLP/HTTP in JSON on 127.0.0.1. What it does not understand it answers with 400, as a real one does. */
export async function startCollector(): Promise<Collector> {
  const found: Collector = { url: '', requests: [], spans: [], metrics: [], answers: [], close: async () => undefined };

  function take(path: string | undefined, body: unknown): void {
    if (path === '/v1/traces') {
      for (const { resource, scopeSpans } of Value.Parse(TracesRequest, body).resourceSpans)
        for (const { spans } of scopeSpans) found.spans.push(...spans.map((span) => ({ ...span, resource: plain(resource.attributes) })));
    } else if (path === '/v1/metrics') {
      found.metrics.length = 0;
      for (const { resource, scopeMetrics } of Value.Parse(MetricsRequest, body).resourceMetrics)
        for (const { metrics } of scopeMetrics)
          found.metrics.push(...metrics.map((metric) => ({ ...metric, resource: plain(resource.attributes) })));
    } else throw new Error(`nobody posts to ${path}`);
  }

  const server = createServer((request, response) => {
    void (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      found.requests.push({ path: request.url ?? '', headers: request.headers });
      const answer = found.answers.shift();
      if (answer === 'hang') return;
      if (answer !== undefined) return response.writeHead(answer.status, answer.headers).end(answer.body);
      const bytes = Buffer.concat(chunks);
      try {
        if (request.headers['content-type'] !== 'application/json') throw new Error('not JSON');
        take(request.url, JSON.parse((request.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes).toString()));
        return response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
      } catch (error) {
        return response.writeHead(400).end(String(error));
      }
    })();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    ...found,
    url: `http://127.0.0.1:${address.port}`,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

import { Type, type Static } from 'typebox';
import { Compile } from 'typebox/compile';

import { attributesOf, nanosecondsOf, type Resource, SCOPE } from './encode.ts';

const CUMULATIVE = 2;

/** What prom-client's getMetricsAsJSON answers, as it is: its types say something else. */
const PromMetric = Type.Object({
  name: Type.String(),
  help: Type.String(),
  type: Type.String(),
  values: Type.Array(
    Type.Object({
      value: Type.Unknown(),
      labels: Type.Record(Type.String(), Type.Union([Type.String(), Type.Number()])),
      metricName: Type.Optional(Type.String()),
    }),
  ),
});
type PromMetric = Static<typeof PromMetric>;
const PromMetrics = Compile(Type.Array(PromMetric));
type PromValue = PromMetric['values'][number];

/** When counting began, and when it was read. */
export interface Span {
  readonly startMs: number;
  readonly atMs: number;
}

/** The metrics of one service, of which each keeps its name; a summary has no counterpart here and is left out. Throws for what is no answer of prom-client's. */
export function encodeMetrics(resource: Resource, found: unknown, span: Span): object {
  const metrics = PromMetrics.Parse(found).flatMap((metric) => {
    const body = bodyOf(metric, span);
    return body === undefined ? [] : [{ name: metric.name, description: metric.help, ...body }];
  });
  return { resource, scopeMetrics: [{ scope: SCOPE, metrics }] };
}

/** An ExportMetricsServiceRequest. */
export const metricsRequestOf = (resourceMetrics: readonly object[]): object => ({ resourceMetrics });

function bodyOf({ name, type, values }: PromMetric, span: Span): object | undefined {
  const times = { startTimeUnixNano: nanosecondsOf(span.startMs), timeUnixNano: nanosecondsOf(span.atMs) };
  const points = values.flatMap(({ value, labels }) => {
    const asDouble = finite(value);
    return asDouble === undefined ? [] : [{ attributes: attributesOf(labels), ...times, asDouble }];
  });
  if (type === 'counter') return { sum: { dataPoints: points, aggregationTemporality: CUMULATIVE, isMonotonic: true } };
  if (type === 'gauge') return { gauge: { dataPoints: points } };
  if (type !== 'histogram') return undefined;
  const dataPoints = [...Map.groupBy(values, seriesOf).values()].map((series) => ({ ...times, ...histogramOf(name, series) }));
  return { histogram: { dataPoints, aggregationTemporality: CUMULATIVE } };
}

/** What a gauge does not know (NaN) is no point. */
const finite = (value: unknown): number | undefined => (typeof value === 'number' && Number.isFinite(value) ? value : undefined);

const seriesOf = ({ labels }: PromValue): string =>
  JSON.stringify(
    Object.entries(labels)
      .filter(([name]) => name !== 'le')
      .sort(),
  );

/** Prometheus counts what is at most a bound; OTLP what lies between two. */
function histogramOf(name: string, series: readonly PromValue[]): object {
  const valueOf = (suffix: string): number => finite(series.find(({ metricName }) => metricName === `${name}${suffix}`)?.value) ?? 0;
  const buckets = series
    .flatMap(({ labels: { le }, value }) => (typeof le === 'number' ? [{ le, upTo: finite(value) ?? 0 }] : []))
    .sort((one, other) => one.le - other.le);
  const count = valueOf('_count');
  const upTo = [...buckets.map((bucket) => bucket.upTo), count];
  const { le: _, ...labels } = series[0]?.labels ?? {};
  return {
    attributes: attributesOf(labels),
    count: String(count),
    sum: valueOf('_sum'),
    bucketCounts: upTo.map((value, at) => String(value - (upTo[at - 1] ?? 0))),
    explicitBounds: buckets.map(({ le }) => le),
  };
}

import { randomUUID } from 'node:crypto';

import type { Clock } from '../clock.ts';
import { messageOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import { type Metrics, refreshAll } from '../metrics/metrics.ts';
import type { Tracing } from '../tracing.ts';
import type { OtlpSettings } from './config.ts';
import { encodeMetrics, metricsRequestOf } from './encode-metrics.ts';
import { encodeSpans } from './encode-spans.ts';
import { attributesOf, type Resource } from './encode.ts';
import { type Delivery, postOtlp } from './post.ts';
import { createSpanQueue, type DropReason } from './span-queue.ts';

/** What is left when a process ends is given up after this. */
const FLUSH_MS = 3_000;
const COMPLAIN_EVERY_MS = 60_000;

export interface OtlpExporter {
  /** Exports the metrics of a service from now on, and answers where its spans go. */
  join(metrics: Metrics): Tracing;
  /** Sends what is left, for three seconds at most, and ends. */
  close(): Promise<void>;
}

/** Exports metrics and spans of all services of a process. It holds up nobody: what the collector does not take is dropped and counted. */
export function createOtlpExporter(deps: { settings: OtlpSettings; region: string; clock: Clock; log: Logger }): OtlpExporter {
  const { settings, clock, log } = deps;
  const { tracesUrl, metricsUrl } = settings;
  const startMs = clock.now();
  // Counters of two instances must not be taken for one that falls.
  const instance = randomUUID();
  const closing = new AbortController();
  const givingUp = new AbortController();
  const joined = new Map<string, { metrics: Metrics; dropped: (reason: DropReason) => void }>();
  let complainedAtMs = -Infinity;

  const resourceOf = (service: string): Resource => ({
    attributes: attributesOf({
      ...settings.attributes,
      'service.name': service,
      'service.namespace': 'madeinworld',
      'service.instance.id': instance,
      'madeinworld.region': deps.region,
    }),
  });
  const post = (url: string, body: object): Promise<Delivery> => postOtlp(url, body, settings, givingUp.signal);

  function complain(what: string, reason: string): void {
    if (clock.now() - complainedAtMs < COMPLAIN_EVERY_MS) return;
    complainedAtMs = clock.now();
    log.warn({ reason, what }, 'telemetry is lost; said at most once a minute');
  }

  const spans =
    tracesUrl === undefined
      ? undefined
      : createSpanQueue({
          deliver: (batch) => post(tracesUrl, encodeSpans(batch, resourceOf)),
          dropped(reason, lost, detail) {
            for (const { service } of lost) joined.get(service)?.dropped(reason);
            complain('spans', detail);
          },
          clock,
          limits: settings.spans,
        });

  /** They are cumulative: what is not taken now is part of what comes next. */
  async function sendMetrics(url: string): Promise<void> {
    try {
      const found = await Promise.all([...joined.values()].map(async ({ metrics }) => ({ metrics, values: await valuesOf(metrics) })));
      const span = { startMs, atMs: clock.now() };
      const request = metricsRequestOf(found.map(({ metrics, values }) => encodeMetrics(resourceOf(metrics.service), values, span)));
      const delivery = await post(url, request);
      if (delivery.end !== 'taken') complain('metrics', delivery.reason);
      else if (delivery.rejected > 0) complain('metrics', `the collector rejected ${delivery.rejected} points`);
    } catch (error) {
      complain('metrics', messageOf(error));
    }
  }

  const sending = (async () => {
    if (metricsUrl === undefined) return;
    while (!closing.signal.aborted) {
      await clock.wait(settings.metricsIntervalMs, closing.signal);
      await sendMetrics(metricsUrl);
    }
  })();

  return {
    join(metrics) {
      const counter = metrics.counterBy('spans_dropped_total', 'Spans that no collector has taken', ['reason']);
      joined.set(metrics.service, { metrics, dropped: (reason) => counter.add({ reason }) });
      return { record: (span) => spans?.push(span), samplesRoot: createSampler(settings.rootRatio) };
    },
    async close() {
      closing.abort();
      const limit = setTimeout(() => givingUp.abort(), FLUSH_MS);
      await Promise.all([spans?.close(), sending]);
      clearTimeout(limit);
    },
  };
}

async function valuesOf(metrics: Metrics): Promise<unknown[]> {
  await refreshAll(metrics.sources);
  return (await Promise.all(metrics.sources.map(({ registry }) => registry.getMetricsAsJSON()))).flat();
}

const RANDOM_DIGITS = 13;

/** Takes `ratio` of all traces, by the last digits of their ids: those are random. */
function createSampler(ratio: number): (traceId: string) => boolean {
  const most = ratio * 16 ** RANDOM_DIGITS;
  return (traceId) => Number.parseInt(traceId.slice(-RANDOM_DIGITS), 16) < most;
}

import { Type, type Static } from 'typebox';

import { readConfig, type Environment } from '../config.ts';
import { ConfigError } from '../errors.ts';

const Url = Type.String({ pattern: '^https?://' });
const Signal = Type.Union([Type.Literal('otlp'), Type.Literal('none')], { default: 'otlp' });

/**
 * OpenTelemetry's own variables (https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/ and .../protocol/exporter/), those of them that mean
 * something here; limits and times have their defaults.
 */
const OtlpConfig = Type.Object({
  OTEL_EXPORTER_OTLP_ENDPOINT: Url,
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: Type.Optional(Url),
  OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: Type.Optional(Url),
  /** The only one that is spoken: a process that was told another must not start. */
  OTEL_EXPORTER_OTLP_PROTOCOL: Type.Literal('http/json', { default: 'http/json' }),
  OTEL_EXPORTER_OTLP_HEADERS: Type.String({ default: '' }),
  OTEL_EXPORTER_OTLP_COMPRESSION: Type.Union([Type.Literal('none'), Type.Literal('gzip')], { default: 'none' }),
  OTEL_EXPORTER_OTLP_TIMEOUT: Type.Integer({ minimum: 1, default: 10_000 }),
  OTEL_TRACES_EXPORTER: Signal,
  OTEL_METRICS_EXPORTER: Signal,
  OTEL_TRACES_SAMPLER: Type.Union(
    [Type.Literal('parentbased_always_on'), Type.Literal('parentbased_always_off'), Type.Literal('parentbased_traceidratio')],
    { default: 'parentbased_always_on' },
  ),
  OTEL_TRACES_SAMPLER_ARG: Type.Number({ minimum: 0, maximum: 1, default: 1 }),
  OTEL_BSP_SCHEDULE_DELAY: Type.Integer({ minimum: 1, default: 5_000 }),
  OTEL_BSP_MAX_QUEUE_SIZE: Type.Integer({ minimum: 1, default: 2_048 }),
  OTEL_BSP_MAX_EXPORT_BATCH_SIZE: Type.Integer({ minimum: 1, default: 512 }),
  OTEL_METRIC_EXPORT_INTERVAL: Type.Integer({ minimum: 1, default: 60_000 }),
  OTEL_RESOURCE_ATTRIBUTES: Type.String({ default: '' }),
});

export interface OtlpSettings {
  /** Undefined where the signal is not exported. */
  readonly tracesUrl: string | undefined;
  readonly metricsUrl: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly gzip: boolean;
  readonly timeoutMs: number;
  /** Of the traces that start here: those with a parent follow it. */
  readonly rootRatio: number;
  readonly spans: { readonly delayMs: number; readonly most: number; readonly batch: number };
  readonly metricsIntervalMs: number;
  readonly attributes: Readonly<Record<string, string>>;
}

/** Throws ConfigError. */
export function readOtlpSettings(env: Environment): OtlpSettings {
  const config = readConfig(OtlpConfig, env);
  const urlOf = (signal: Static<typeof Signal>, own: string | undefined, path: string): string | undefined =>
    signal === 'none' ? undefined : (own ?? `${config.OTEL_EXPORTER_OTLP_ENDPOINT.replace(/\/+$/, '')}${path}`);
  const ratios = { parentbased_always_on: 1, parentbased_always_off: 0, parentbased_traceidratio: config.OTEL_TRACES_SAMPLER_ARG };
  return {
    tracesUrl: urlOf(config.OTEL_TRACES_EXPORTER, config.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT, '/v1/traces'),
    metricsUrl: urlOf(config.OTEL_METRICS_EXPORTER, config.OTEL_EXPORTER_OTLP_METRICS_ENDPOINT, '/v1/metrics'),
    headers: pairsOf('OTEL_EXPORTER_OTLP_HEADERS', config.OTEL_EXPORTER_OTLP_HEADERS),
    gzip: config.OTEL_EXPORTER_OTLP_COMPRESSION === 'gzip',
    timeoutMs: config.OTEL_EXPORTER_OTLP_TIMEOUT,
    rootRatio: ratios[config.OTEL_TRACES_SAMPLER],
    spans: {
      delayMs: config.OTEL_BSP_SCHEDULE_DELAY,
      most: config.OTEL_BSP_MAX_QUEUE_SIZE,
      batch: config.OTEL_BSP_MAX_EXPORT_BATCH_SIZE,
    },
    metricsIntervalMs: config.OTEL_METRIC_EXPORT_INTERVAL,
    attributes: pairsOf('OTEL_RESOURCE_ATTRIBUTES', config.OTEL_RESOURCE_ATTRIBUTES),
  };
}

/** `a=1,b=2`, values percent-encoded, as W3C's baggage has it. */
function pairsOf(variable: string, text: string): Record<string, string> {
  const parts = text.split(',').filter((part) => part.trim() !== '');
  return Object.fromEntries(
    parts.map((part) => {
      const at = part.indexOf('=');
      try {
        if (at > 0) return [part.slice(0, at).trim(), decodeURIComponent(part.slice(at + 1).trim())];
      } catch {
        // Told below, without the value.
      }
      throw new ConfigError([`${variable} must be name=value,...`]);
    }),
  );
}

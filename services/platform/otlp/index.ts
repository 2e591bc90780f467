import type { Clock } from '../clock.ts';
import type { Environment } from '../config.ts';
import type { Logger } from '../log.ts';
import { readOtlpSettings } from './config.ts';
import { createOtlpExporter, type OtlpExporter } from './exporter.ts';

export type { OtlpExporter };

/** An exporter as OpenTelemetry's variables describe it. Throws ConfigError. */
export const startOtlp = (deps: { env: Environment; region: string; clock: Clock; log: Logger }): OtlpExporter =>
  createOtlpExporter({ ...deps, settings: readOtlpSettings(deps.env) });

import { Type } from 'typebox';

/** Where the ingest listens: the peer's worker reaches it over the border, and nobody else. */
export const IngestConfig = Type.Object({
  SYNC_PORT: Type.Integer({ default: 0, minimum: 0, maximum: 65_535 }),
  /** Metrics have a port of their own: the peer reaches the other one. */
  SYNC_METRICS_PORT: Type.Integer({ default: 0, minimum: 0, maximum: 65_535 }),
});

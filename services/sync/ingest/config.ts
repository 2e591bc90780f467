import { Type } from 'typebox';

/** Where the ingest listens: the peer's worker reaches it over the border, and nobody else. */
export const IngestConfig = Type.Object({ SYNC_PORT: Type.Integer({ default: 0, minimum: 0, maximum: 65_535 }) });

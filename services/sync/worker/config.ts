import { Type } from 'typebox';

import { Region } from '#contracts/regions.ts';

export const WorkerConfig = Type.Object({
  WORKER_PORT: Type.Integer({ default: 0, minimum: 0, maximum: 65_535 }),
  PEER_REGION: Region,
  /** The peer's ingest, over the border. */
  PEER_URL: Type.String({ pattern: '^https?://' }),
  /** Where the region's auth service publishes its keys. Without it the operators' API is not served: nobody could be let in. */
  AUTH_URL: Type.Optional(Type.String({ pattern: '^https?://' })),
  PEER_CONNECTIONS: Type.Integer({ default: 8, minimum: 1, maximum: 64 }),
});

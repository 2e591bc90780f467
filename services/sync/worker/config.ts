import { Type, type Static } from 'typebox';

import { Region } from '#contracts/regions.ts';

import { defaultLimits, type FlowLimits } from './flow/limits.ts';

export const WorkerConfig = Type.Object({
  WORKER_PORT: Type.Integer({ default: 0, minimum: 0, maximum: 65_535 }),
  PEER_REGION: Region,
  /** The peer's ingest, over the border. */
  PEER_URL: Type.String({ pattern: '^https?://' }),
  /** Where the region's auth service publishes its keys. Without it the operators' API is not served: nobody could be let in. */
  AUTH_URL: Type.Optional(Type.String({ pattern: '^https?://' })),
  /** The direction towards the peer: what adapts stays within these. */
  PEER_CONNECTIONS: Type.Integer({ default: defaultLimits.maxInFlight, minimum: 1, maximum: 64 }),
  PEER_BODY_BYTES: Type.Integer({ default: defaultLimits.maxBodyBytes, minimum: 4 * 1024, maximum: 1024 * 1024 }),
  PEER_ANSWER_TIMEOUT_MS: Type.Integer({ default: defaultLimits.answerTimeoutMs, minimum: 1_000, maximum: 240_000 }),
  PEER_HELD_BYTES: Type.Integer({ default: defaultLimits.maxHeldBytes, minimum: 2 * 1024 * 1024, maximum: 1024 * 1024 * 1024 }),
});

const FEW_CONNECTIONS = 4;

/** Few flows would each idle for a round trip after every body; so they carry two requests. Many hide each other's waiting. */
export const requestsAFlow = (config: Static<typeof WorkerConfig>): number => (config.PEER_CONNECTIONS < FEW_CONNECTIONS ? 2 : 1);

export const limitsOf = (config: Static<typeof WorkerConfig>): FlowLimits => ({
  ...defaultLimits,
  maxInFlight: config.PEER_CONNECTIONS * requestsAFlow(config),
  minInFlight: requestsAFlow(config),
  maxBodyBytes: config.PEER_BODY_BYTES,
  answerTimeoutMs: config.PEER_ANSWER_TIMEOUT_MS,
  maxHeldBytes: config.PEER_HELD_BYTES,
});

import { createHash } from 'node:crypto';
import type { AccessKey } from './secrets-file.ts';

/** Temporary credentials as both clouds hand them to a running workload. */
export interface SessionCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  /** ISO 8601, whole seconds. */
  readonly expiration: string;
}

/** How long handed-out credentials say they are valid. */
const LIFETIME_MS = 3_600_000;

/** The session credentials for a key pair: same key, a token made of it, an expiry an hour ahead. */
export function issueSession(key: AccessKey, nowMs: number): SessionCredentials {
  return {
    accessKeyId: key.accessKeyId,
    secretAccessKey: key.secretAccessKey,
    sessionToken: key.sessionToken ?? createHash('sha256').update(`session:${key.accessKeyId}:${key.secretAccessKey}`).digest('base64'),
    expiration: new Date(nowMs + LIFETIME_MS).toISOString().replace(/\.\d{3}Z$/, 'Z'),
  };
}

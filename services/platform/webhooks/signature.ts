import { createHmac, timingSafeEqual } from 'node:crypto';

import type { ErrorCode } from '#contracts/errors.ts';

const TOLERANCE_SECONDS = 300;

const macOf = (secret: string, seconds: string, body: Buffer): Buffer =>
  createHmac('sha256', secret).update(`${seconds}.`).update(body).digest();

/** What signs `body`, sent at `nowMs`: `t=<seconds since the epoch>,v1=<HMAC-SHA256 of "<t>.<body>" in hex>`. Pure. */
export function signatureOf(secret: string, body: Buffer, nowMs: number): string {
  const seconds = String(Math.floor(nowMs / 1_000));
  return `t=${seconds},v1=${macOf(secret, seconds, body).toString('hex')}`;
}

/**
 * What is wrong with the header, or undefined where it was made with `secret` for exactly these bytes, at most five minutes from `nowMs`. What is sent
 * again within them passes: whoever takes it takes it once. Pure.
 */
export function signatureFault(secret: string, header: unknown, body: Buffer, nowMs: number): ErrorCode | undefined {
  if (typeof header !== 'string') return 'signature_missing';
  const [, seconds, mac] = /^t=([0-9]{1,12}),v1=([0-9a-f]{64})$/.exec(header) ?? [];
  if (seconds === undefined || mac === undefined) return 'signature_invalid';
  if (!timingSafeEqual(Buffer.from(mac, 'hex'), macOf(secret, seconds, body))) return 'signature_invalid';
  return Math.abs(nowMs / 1_000 - Number(seconds)) > TOLERANCE_SECONDS ? 'signature_clock' : undefined;
}

import { crc32 } from 'node:zlib';

/** What a receipt handle says. */
export interface Handle {
  /** Which start of the gateway minted it. */
  readonly boot: number;
  /** How often the message's visibility has been changed since it was received. */
  readonly generation: number;
  readonly expiresAtMs: number;
  /** The queue server's own handle. */
  readonly receipt: string;
}

const FORMAT = 1;
const HEAD_BYTES = 13;
const CHECK_BYTES = 4;

/**
 * Writes a handle in base64url, since clients put handles into URLs without escaping them. `boot`
 * and `generation` are 32 and 16 bit, `expiresAtMs` 48 bit.
 */
export function encodeHandle(handle: Handle): string {
  const receiptBytes = Buffer.byteLength(handle.receipt);
  const bytes = Buffer.allocUnsafe(HEAD_BYTES + receiptBytes + CHECK_BYTES);
  bytes.writeUInt8(FORMAT, 0);
  bytes.writeUInt32BE(handle.boot, 1);
  bytes.writeUInt16BE(handle.generation, 5);
  bytes.writeUIntBE(handle.expiresAtMs, 7, 6);
  bytes.write(handle.receipt, HEAD_BYTES);
  bytes.writeUInt32BE(crc32(bytes.subarray(0, -CHECK_BYTES)), HEAD_BYTES + receiptBytes);
  return bytes.toString('base64url');
}

/** Reads a handle; undefined when it is not one that `encodeHandle` wrote. */
export function decodeHandle(text: string): Handle | undefined {
  const bytes = Buffer.from(text, 'base64url');
  // Buffer ignores what is not base64url: only the one spelling of the bytes is accepted.
  if (bytes.length <= HEAD_BYTES + CHECK_BYTES || bytes.toString('base64url') !== text) return undefined;
  const checkAt = bytes.length - CHECK_BYTES;
  if (bytes.readUInt8(0) !== FORMAT || bytes.readUInt32BE(checkAt) !== crc32(bytes.subarray(0, checkAt))) return undefined;
  return {
    boot: bytes.readUInt32BE(1),
    generation: bytes.readUInt16BE(5),
    expiresAtMs: bytes.readUIntBE(7, 6),
    receipt: bytes.toString('utf8', HEAD_BYTES, checkAt),
  };
}

import { isMasked, type Address } from './address.ts';

/** EDNS Client Subnet's option code (RFC 7871, section 6). */
export const CLIENT_SUBNET = 8;

export interface ClientSubnet {
  /** 1 is IPv4, 2 is IPv6; 0 occurs where the client keeps its address to itself. */
  readonly family: number;
  readonly sourceBits: number;
  /** The network's address, filled up with zeros; undefined where `sourceBits` is 0: nothing was said of the client. */
  readonly address: Address | undefined;
}

const octetsOf: Readonly<Record<number, number>> = { 1: 4, 2: 16 };

/**
 * Reads the option of a query. undefined when it must be answered with FORMERR: too few or too many octets, bits set beyond the source prefix, a
 * scope (RFC 7871, section 6), or a family that does not exist.
 */
export function readClientSubnet(data: Buffer): ClientSubnet | undefined {
  if (data.length < 4) return undefined;
  const family = data.readUInt16BE(0);
  const sourceBits = data.readUInt8(2);
  const scopeBits = data.readUInt8(3);
  const given = data.subarray(4);
  if (scopeBits !== 0 || given.length !== Math.ceil(sourceBits / 8)) return undefined;
  if (family === 0) return sourceBits === 0 ? { family, sourceBits, address: undefined } : undefined;
  const octets = octetsOf[family];
  if (octets === undefined || sourceBits > octets * 8) return undefined;
  if (sourceBits === 0) return { family, sourceBits, address: undefined };
  const address = new Uint8Array(octets);
  address.set(given);
  return isMasked(address, sourceBits) ? { family, sourceBits, address } : undefined;
}

/** The option of an answer: the query's, and for whom else the answer holds. */
export function writeClientSubnet({ family, sourceBits, address }: ClientSubnet, scopeBits: number): Buffer {
  const head = Buffer.from([family >> 8, family & 0xff, sourceBits, scopeBits]);
  return Buffer.concat([head, (address ?? new Uint8Array()).subarray(0, Math.ceil(sourceBits / 8))]);
}

import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';

import { decode, encode, type DecodedPacket, type PacketOpt, type RecordType } from 'dns-packet';

import { parsePrefix } from '../address.ts';

export interface QuestionOptions {
  readonly type?: RecordType | 'ANY';
  /** `address/bits`, as `dig +subnet=` takes it. */
  readonly subnet?: string;
  readonly ednsBytes?: number;
  readonly id?: number;
}

/** A query as dig makes it. */
export function questionFor(name: string, { type = 'A', subnet, ednsBytes = 1232, id = 4711 }: QuestionOptions = {}): Buffer {
  const options: PacketOpt[] = subnet === undefined ? [] : [{ code: 8, ip: undefined, data: subnetOption(subnet) }];
  return encode({
    type: 'query',
    id,
    flags: 0x0100,
    questions: [{ name, type: type as RecordType, class: 'IN' }],
    additionals:
      ednsBytes === 0
        ? []
        : [{ type: 'OPT', name: '.', udpPayloadSize: ednsBytes, extendedRcode: 0, ednsVersion: 0, flags: 0, flag_do: false, options }],
  });
}

export function subnetOption(text: string, scopeBits = 0): Buffer {
  const prefix = parsePrefix(text);
  if (prefix === undefined) throw new Error(`${text} is no prefix`);
  const { address, bits } = prefix;
  return Buffer.from([0, address.length === 4 ? 1 : 2, bits, scopeBits, ...address.subarray(0, Math.ceil(bits / 8))]);
}

/** What is said of an answer where one reads it. */
export interface Reading {
  readonly rcode: number;
  readonly authoritative: boolean;
  readonly truncated: boolean;
  /** `NAME TYPE data`, in order. */
  readonly answers: readonly string[];
  readonly authorities: readonly string[];
  readonly additionals: readonly string[];
  /** `address family, source, scope` of the client subnet, where there is one. */
  readonly subnet?: { readonly family: number; readonly sourceBits: number; readonly scopeBits: number };
  readonly packet: DecodedPacket;
}

export function readAnswer(message: Buffer): Reading {
  const packet = decode(message);
  const line = (record: object): string => {
    const { name, type, data } = record as { name: string; type: string; data: unknown };
    const text = Array.isArray(data) ? data.map(String).join(' ') : typeof data === 'string' ? data : JSON.stringify(data);
    return `${name} ${type} ${text}`;
  };
  const lines = (records: readonly object[] = []): string[] =>
    records.filter((record) => (record as { type: string }).type !== 'OPT').map(line);
  const opt = packet.additionals?.find((record) => record.type === 'OPT');
  const data = opt?.options.find((option) => option.code === 8)?.data;
  return {
    rcode: (message.readUInt16BE(2) & 0xf) | ((opt?.extendedRcode ?? 0) << 4),
    authoritative: packet.flag_aa,
    truncated: packet.flag_tc,
    answers: lines(packet.answers),
    authorities: lines(packet.authorities),
    additionals: lines(packet.additionals),
    ...(data !== undefined && { subnet: { family: data.readUInt16BE(0), sourceBits: data[2]!, scopeBits: data[3]! } }),
    packet,
  };
}

/** Sends a datagram and waits for the one that comes back. */
export async function askUdp(port: number, message: Buffer): Promise<Buffer> {
  const socket = createSocket('udp4');
  try {
    socket.send(message, port, '127.0.0.1');
    const [reply] = (await once(socket, 'message', { signal: AbortSignal.timeout(10_000) })) as [Buffer];
    return reply;
  } finally {
    socket.close();
  }
}

/** Sends messages on one connection, cut into pieces, and gives back all answers until the server or `count` ends it. */
export async function askTcp(port: number, messages: readonly Buffer[], pieceBytes = 1000): Promise<Buffer[]> {
  const socket = connect(port, '127.0.0.1').setNoDelay(true);
  const stream = Buffer.concat(messages.flatMap((message) => [Buffer.from([message.length >> 8, message.length & 0xff]), message]));
  for (let at = 0; at < stream.length; at += pieceBytes) socket.write(stream.subarray(at, at + pieceBytes));
  socket.end();
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  // Who closes a connection with something unread on it resets it.
  await once(socket, 'close').catch((error: unknown) => {
    if (!(error instanceof Error && 'code' in error && error.code === 'ECONNRESET')) throw error;
  });
  const received = Buffer.concat(chunks);
  const replies: Buffer[] = [];
  for (let at = 0; at < received.length;) {
    const length = received.readUInt16BE(at);
    replies.push(received.subarray(at + 2, at + 2 + length));
    at += 2 + length;
  }
  return replies;
}

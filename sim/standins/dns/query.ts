import { decode, type OptAnswer } from 'dns-packet';

import { CLIENT_SUBNET, readClientSubnet, type ClientSubnet } from './client-subnet.ts';
import type { QueryType } from './zone.ts';

const headerBytes = 12;
const IN = 1;

/** What a query said of itself over EDNS (RFC 6891). */
export interface Edns {
  readonly version: number;
  readonly udpPayloadBytes: number;
  readonly dnssecOk: boolean;
  readonly clientSubnet: ClientSubnet | undefined;
}

export interface Query {
  readonly id: number;
  readonly opcode: number;
  readonly recursionDesired: boolean;
  /** The question as it came, upper and lower case and all; empty when it could not be read. */
  readonly question: Buffer;
  /** In lower case; a dot or backslash inside a label is written as `\DDD` (RFC 1035, 5.1), so every dot is one between labels. */
  readonly name: string;
  readonly type: QueryType;
  readonly internet: boolean;
  readonly edns: Edns | undefined;
  readonly malformed: boolean;
}

/**
 * Reads a message. undefined when it must not be answered at all: it has no whole header, or is an answer itself, and two servers would talk
 * for ever. What cannot be read further is `malformed`, with as much as was understood.
 */
export function readQuery(message: Buffer): Query | undefined {
  if (message.length < headerBytes) return undefined;
  const flags = message.readUInt16BE(2);
  if ((flags & 0x8000) !== 0) return undefined;
  const unread: Query = {
    id: message.readUInt16BE(0),
    opcode: (flags >> 11) & 0xf,
    recursionDesired: (flags & 0x0100) !== 0,
    question: Buffer.alloc(0),
    name: '',
    type: undefined,
    internet: false,
    edns: undefined,
    malformed: true,
  };
  const [questions, answers, authorities, additionals] = [4, 6, 8, 10].map((offset) => message.readUInt16BE(offset));
  // One question (RFC 9619) and nothing answered; beside EDNS there may be a signature. More would only be work.
  if (unread.opcode !== 0 || questions !== 1 || answers !== 0 || authorities !== 0 || (additionals ?? 0) > 2) return unread;
  const labels = readLabels(message);
  if (labels === undefined || labels.end + 4 > message.length) return unread;
  const question = message.subarray(headerBytes, labels.end + 4);
  const internet = message.readUInt16BE(labels.end + 2) === IN;
  const asked = { ...unread, question, name: labels.name, internet };
  try {
    const packet = decode(message);
    const options = (packet.additionals ?? []).filter((record) => record.type === 'OPT');
    const edns = options.length === 0 ? undefined : readEdns(options);
    const malformed = decode.bytes !== message.length || edns === 'malformed';
    const type = knownType(packet.questions?.[0]?.type);
    return { ...asked, type, edns: edns === 'malformed' ? undefined : edns, malformed };
  } catch {
    return asked;
  }
}

/** Reads the question's name where it stands. The codec's own reading would not tell a dot inside a label from one between two. */
function readLabels(message: Buffer): { readonly name: string; readonly end: number } | undefined {
  const labels: string[] = [];
  let offset = headerBytes;
  for (;;) {
    const length = message[offset];
    // A pointer in the first name could only lead into the header.
    if (length === undefined || length > 63 || offset + 1 + length > message.length || offset - headerBytes > 254) return undefined;
    offset += 1 + length;
    if (length === 0) return { name: labels.join('.'), end: offset };
    const label = message
      .toString('latin1', offset - length, offset)
      .replaceAll('\\', '\\092')
      .replaceAll('.', '\\046');
    labels.push(label.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase()));
  }
}

function readEdns(records: readonly OptAnswer[]): Edns | 'malformed' {
  const [opt, second] = records;
  if (opt === undefined || second !== undefined || opt.name !== '.') return 'malformed';
  const subnets = opt.options.filter((option) => option.code === CLIENT_SUBNET);
  const [subnet] = subnets;
  const clientSubnet = subnet === undefined ? undefined : readClientSubnet(subnet.data ?? Buffer.alloc(0));
  if (subnets.length > 1 || (subnet !== undefined && clientSubnet === undefined)) return 'malformed';
  return { version: opt.ednsVersion, udpPayloadBytes: opt.udpPayloadSize, dnssecOk: opt.flag_do, clientSubnet };
}

function knownType(type: QueryType): QueryType {
  return type?.startsWith('UNKNOWN_') === true ? undefined : type;
}

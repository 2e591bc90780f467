import { AUTHORITATIVE_ANSWER, encode, RECURSION_DESIRED, TRUNCATED_RESPONSE, type Answer, type OptAnswer } from 'dns-packet';

import { isLoopback, type Address } from './address.ts';
import { CLIENT_SUBNET, writeClientSubnet } from './client-subnet.ts';
import { locate, type CountryPrefix } from './countries.ts';
import { readQuery, type Query } from './query.ts';
import { look, zoneOf, type Looked, type Zone } from './zone.ts';

/** What this server takes by UDP and sends at most: never fragmented on the way (DNS flag day 2020). */
export const udpPayloadBytes = 1232;
const rcodes = { NOERROR: 0, FORMERR: 1, NXDOMAIN: 3, NOTIMP: 4, REFUSED: 5, BADVERS: 16 } as const;
type Rcode = keyof typeof rcodes;

export interface Authority {
  readonly zones: readonly Zone[];
  readonly prefixes: readonly CountryPrefix[];
  /** The country that a resolver on this machine counts as being in; `*` for the rest of the world. */
  readonly loopbackCountry: string;
}

export interface Asked {
  readonly transport: 'udp' | 'tcp';
  /** Whose message it is: a resolver, as far as this server knows. */
  readonly resolver: Address;
}

interface Body {
  readonly rcode: Rcode;
  readonly authoritative: boolean;
  readonly answers?: readonly Answer[];
  readonly authorities?: readonly Answer[];
  readonly additionals?: readonly Answer[];
  /** Only where the query's client subnet was looked at. */
  readonly scopeBits?: number;
}

/** The answer to a message as an authoritative server gives it; undefined when there must be none. Never throws, whatever the message is. */
export function respond(message: Buffer, asked: Asked, authority: Authority): Buffer | undefined {
  const query = readQuery(message);
  if (query === undefined) return undefined;
  const body = bodyOf(query, asked, authority);
  const whole = write(query, body);
  const limit = asked.transport === 'tcp' ? 65_535 : Math.min(Math.max(query.edns?.udpPayloadBytes ?? 512, 512), udpPayloadBytes);
  if (whole.length <= limit) return whole;
  const { answers: _answers, authorities: _authorities, additionals: _additionals, ...rest } = body;
  return write(query, rest, TRUNCATED_RESPONSE);
}

function bodyOf(query: Query, asked: Asked, authority: Authority): Body {
  const failed = (rcode: Rcode): Body => ({ rcode, authoritative: false });
  if (query.opcode !== 0) return failed('NOTIMP');
  if (query.malformed) return failed('FORMERR');
  if (query.edns !== undefined && query.edns.version !== 0) return failed('BADVERS');
  const zone = query.internet ? zoneOf(query.name, authority.zones) : undefined;
  if (zone === undefined || query.type === 'AXFR' || query.type === 'IXFR') return failed('REFUSED');
  const subnet = query.edns?.clientSubnet;
  const { country, scopeBits } = locateClient(subnet?.address, asked.resolver, authority);
  const looked = look(zone, query.name, query.type, country);
  return {
    ...looked,
    authoritative: true,
    authorities: isEmpty(looked) ? [zone.soa] : [],
    // Who keeps the client to itself is told that the answer is for all (RFC 7871, 7.2.1), and so is who would get the same anywhere.
    ...(subnet !== undefined && { scopeBits: looked.routed && subnet.address !== undefined ? scopeBits : 0 }),
  };
}

/** Whether the chain of aliases ends with nothing: then the zone says for how long that holds. */
function isEmpty({ answers }: Looked): boolean {
  return answers.every((record) => record.type === 'CNAME');
}

function locateClient(
  client: Address | undefined,
  resolver: Address,
  { prefixes, loopbackCountry }: Authority,
): { readonly country: string; readonly scopeBits: number } {
  if (client === undefined && isLoopback(resolver)) return { country: loopbackCountry, scopeBits: 0 };
  const { country, scopeBits } = locate(client ?? resolver, prefixes);
  return { country: country ?? '*', scopeBits };
}

function write(query: Query, body: Body, truncated = 0): Buffer {
  const rcode = rcodes[body.rcode];
  const { answers = [], authorities = [], additionals = [] } = body;
  const message = encode({
    type: 'response',
    id: query.id,
    flags:
      (query.opcode << 11) |
      (body.authoritative ? AUTHORITATIVE_ANSWER : 0) |
      (query.recursionDesired ? RECURSION_DESIRED : 0) |
      truncated |
      (rcode & 0xf),
    questions: [],
    answers: [...answers],
    authorities: [...authorities],
    additionals: [...additionals, ...(query.edns === undefined ? [] : [optOf(query, body, rcode)])],
  });
  if (query.question.length === 0) return message;
  // The question goes back as it came, octet for octet. The codec compresses no names, so nothing in what follows points anywhere.
  message.writeUInt16BE(1, 4);
  return Buffer.concat([message.subarray(0, 12), query.question, message.subarray(12)]);
}

function optOf({ edns }: Query, { scopeBits }: Body, rcode: number): OptAnswer {
  const subnet = edns?.clientSubnet;
  const data = subnet === undefined || scopeBits === undefined ? undefined : writeClientSubnet(subnet, scopeBits);
  return {
    type: 'OPT',
    name: '.',
    udpPayloadSize: udpPayloadBytes,
    extendedRcode: rcode >> 4,
    ednsVersion: 0,
    flags: edns?.dnssecOk === true ? 0x8000 : 0,
    flag_do: edns?.dnssecOk === true,
    options: data === undefined ? [] : [{ code: CLIENT_SUBNET, ip: undefined, data }],
  };
}

import type { BaseAnswer, RecordType, SoaAnswer, SrvAnswer } from 'dns-packet';

import type { GeoRecord, RoutingTable } from './table.ts';

/** Where the front behind a name of the table listens in the twin. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** A record that this server has. */
export type ZoneRecord =
  | BaseAnswer<'A', string>
  | BaseAnswer<'CNAME', string>
  | BaseAnswer<'NS', string>
  | BaseAnswer<'TXT', string[]>
  | SoaAnswer
  | SrvAnswer;

/** What may be asked for; undefined: a type that the codec does not know. */
export type QueryType = RecordType | 'ANY' | undefined;

export interface Zone {
  readonly name: string;
  /** What it answers when there is nothing (RFC 2308): its TTL says for how long that may be remembered. */
  readonly soa: SoaAnswer;
  /** The records of each name by country; `*` for who is in none of the others. */
  readonly nodes: ReadonlyMap<string, ReadonlyMap<string, readonly ZoneRecord[]>>;
}

export interface Looked {
  readonly rcode: 'NOERROR' | 'NXDOMAIN';
  readonly answers: readonly ZoneRecord[];
  readonly additionals: readonly ZoneRecord[];
  /** Whether it would have been another answer for another country. */
  readonly routed: boolean;
}

const fixedTtlSeconds = 60;
/** Route 53's own figures for a new hosted zone: an answer of "there is none" may be kept for 900 seconds. */
const soaTimes = { serial: 1, refresh: 7200, retry: 900, expire: 1_209_600, minimum: 86_400 } as const;
const soaTtlSeconds = 900;

/**
 * The zones of the table, with what the twin adds: the fronts' names with an A record, and at the routed names and the fronts' `_https._tcp` (SRV)
 * and TXT, which say the port. Throws RangeError when a front has no endpoint, or an endpoint no front.
 */
export function buildZones(table: RoutingTable, endpoints: ReadonlyMap<string, Endpoint>): Zone[] {
  const fronts = new Set(table.zones.flatMap((zone) => zone.records.flatMap((record) => record.routing.map((route) => route.value))));
  const unused = [...endpoints.keys()].find((name) => !fronts.has(name));
  if (unused !== undefined) throw new RangeError(`nothing in the table leads to ${unused}; it knows ${[...fronts].join(', ')}`);
  return table.zones.map((zone) => buildZone(zone, endpoints));
}

function buildZone({ name, records }: RoutingTable['zones'][number], endpoints: ReadonlyMap<string, Endpoint>): Zone {
  const nameServer = `ns.${name}`;
  const soa: SoaAnswer = {
    type: 'SOA',
    name,
    ttl: soaTtlSeconds,
    data: { mname: nameServer, rname: `hostmaster.${name}`, ...soaTimes },
  };
  const nodes = new Map<string, ReadonlyMap<string, readonly ZoneRecord[]>>();
  const fixed = (owner: string, ...owned: ZoneRecord[]): void => void nodes.set(owner, new Map([['*', owned]]));
  fixed(name, soa, { type: 'NS', name, ttl: fixedTtlSeconds, data: nameServer });
  fixed(nameServer, { type: 'A', name: nameServer, ttl: fixedTtlSeconds, data: '127.0.0.1' });
  for (const record of records) {
    const service = `_https._tcp.${record.name}`;
    nodes.set(
      record.name,
      byCountry(record, ({ value }) => ({ type: 'CNAME', name: record.name, ttl: record.ttlSeconds, data: value })),
    );
    nodes.set(
      service,
      byCountry(record, ({ value }) => srv(service, value, endpointOf(value, endpoints), record.ttlSeconds)),
    );
    for (const { value, setIdentifier } of record.routing) {
      const endpoint = endpointOf(value, endpoints);
      const ownService = `_https._tcp.${value}`;
      const text = [`region=${setIdentifier}`, `url=http://${endpoint.address}:${endpoint.port}`];
      fixed(
        value,
        { type: 'A', name: value, ttl: fixedTtlSeconds, data: endpoint.address },
        { type: 'TXT', name: value, ttl: fixedTtlSeconds, data: text },
      );
      fixed(ownService, srv(ownService, value, endpoint, fixedTtlSeconds));
    }
  }
  return { name, soa, nodes };
}

function endpointOf(front: string, endpoints: ReadonlyMap<string, Endpoint>): Endpoint {
  const endpoint = endpoints.get(front);
  if (endpoint === undefined)
    throw new RangeError(`the table leads to ${front}, of which no endpoint is given: add ${front}=127.0.0.1:PORT`);
  return endpoint;
}

function byCountry(record: GeoRecord, toRecord: (route: GeoRecord['routing'][number]) => ZoneRecord): ReadonlyMap<string, ZoneRecord[]> {
  return new Map(record.routing.map((route) => [route.country, [toRecord(route)]]));
}

function srv(name: string, target: string, { port }: Endpoint, ttlSeconds: number): SrvAnswer {
  return { type: 'SRV', name, ttl: ttlSeconds, data: { priority: 0, weight: 0, port, target } };
}

/** The zone that a name is in, the longest where several are. `name` is in lower case. */
export function zoneOf(name: string, zones: readonly Zone[]): Zone | undefined {
  return zones
    .filter((zone) => name === zone.name || name.endsWith(`.${zone.name}`))
    .sort((a, b) => b.name.length - a.name.length)
    .at(0);
}

/**
 * Looks a name up for somebody in `country`, and follows a CNAME to the end of the chain (RFC 1034, 4.3.2). A query of type ANY gets one set of
 * records (RFC 8482). No answers with NOERROR means that the name is there, but has nothing of this type.
 */
export function look(zone: Zone, name: string, type: QueryType, country: string): Looked {
  const node = zone.nodes.get(name);
  if (node === undefined) {
    // A name that has none but names below it is there all the same (RFC 8020).
    const empty = [...zone.nodes.keys()].some((other) => other.endsWith(`.${name}`));
    return { rcode: empty ? 'NOERROR' : 'NXDOMAIN', answers: [], additionals: [], routed: false };
  }
  const routed = node.size > 1;
  const records = node.get(country) ?? node.get('*') ?? [];
  const wanted = type === 'ANY' ? records[0]?.type : type;
  const found = records.filter((record) => record.type === wanted);
  const alias = records.find((record) => record.type === 'CNAME');
  if (found.length === 0 && alias !== undefined) {
    const end = look(zone, alias.data, type, country);
    return { ...end, answers: [alias, ...end.answers], routed: routed || end.routed };
  }
  return { rcode: 'NOERROR', answers: found, additionals: addressesOf(zone, found), routed };
}

/** The addresses of what a SRV or NS record names, which spare the client a question (RFC 2782). */
function addressesOf(zone: Zone, records: readonly ZoneRecord[]): ZoneRecord[] {
  return records.flatMap((record) => {
    const target = record.type === 'SRV' ? record.data.target : record.type === 'NS' ? record.data : undefined;
    return target === undefined ? [] : [...(zone.nodes.get(target)?.get('*') ?? [])].filter(({ type }) => type === 'A');
  });
}

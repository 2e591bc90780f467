import { Type } from 'typebox';
import { Compile } from 'typebox/compile';

import { parsePrefix } from './address.ts';
import { overlapping, type CountryPrefix } from './countries.ts';

const hostName = Type.String({ pattern: '^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z]{2,63}$' });
const Route = Type.Object(
  { setIdentifier: Type.String({ pattern: '^[a-z0-9-]{1,64}$' }), country: Type.String({ pattern: '^([A-Z]{2}|\\*)$' }), value: hostName },
  { additionalProperties: false },
);
const GeoRecord = Type.Object(
  {
    name: hostName,
    type: Type.Literal('CNAME'),
    ttlSeconds: Type.Integer({ minimum: 0, maximum: 604_800 }),
    routing: Type.Array(Route, { minItems: 1 }),
  },
  { additionalProperties: false },
);
const Zone = Type.Object({ name: hostName, records: Type.Array(GeoRecord) }, { additionalProperties: false });
const Sample = Type.Object(
  { operator: Type.String({ minLength: 1 }), prefixes: Type.Array(Type.String()) },
  { additionalProperties: false },
);
const Table = Compile(
  Type.Object(
    { zones: Type.Array(Zone, { minItems: 1 }), samplePrefixes: Type.Record(Type.String({ pattern: '^[A-Z]{2}$' }), Type.Array(Sample)) },
    { additionalProperties: false },
  ),
);

export type GeoRecord = Type.Static<typeof GeoRecord>;

/** The routing table, checked: see infra/dns/README.md for what its fields mean. */
export interface RoutingTable {
  readonly zones: readonly Type.Static<typeof Zone>[];
  readonly prefixes: readonly CountryPrefix[];
}

/** Reads a routing table. Throws an Error which says what is wrong with it, and where. */
export function parseTable(text: string): RoutingTable {
  const value: unknown = JSON.parse(text);
  if (!Table.Check(value)) {
    const [first] = Table.Errors(value);
    throw new Error(`${first?.instancePath === '' ? 'The table' : first?.instancePath} ${first?.message}`);
  }
  const prefixes = Object.entries(value.samplePrefixes).flatMap(([country, samples]) =>
    samples.flatMap((sample) => sample.prefixes.map((prefix) => readPrefix(prefix, country))),
  );
  const overlap = overlapping(prefixes);
  if (overlap !== undefined) throw new Error(`samplePrefixes ${overlap.map(({ text }) => text).join(' and ')} overlap: keep one of them`);
  const names = value.zones.flatMap((zone) => [zone.name, ...zone.records.map((record) => record.name)]);
  const twice = repeated(names);
  if (twice !== undefined) throw new Error(`${twice} is there twice, or is a zone's own name, which can have no CNAME`);
  for (const zone of value.zones) for (const record of zone.records) checkRecord(record, zone.name, names, value.samplePrefixes);
  return { zones: value.zones, prefixes };
}

function readPrefix(text: string, country: string): CountryPrefix {
  const prefix = parsePrefix(text);
  if (prefix === undefined) throw new Error(`samplePrefixes: ${text} is no block of addresses, or has bits set beyond its length`);
  return { ...prefix, country };
}

function checkRecord(record: GeoRecord, zone: string, names: readonly string[], samples: Readonly<Record<string, unknown>>): void {
  const { name, routing } = record;
  if (!name.endsWith(`.${zone}`)) throw new Error(`${name} is not in the zone ${zone}`);
  const twice = repeated(routing.map((route) => route.country)) ?? repeated(routing.map((route) => route.setIdentifier));
  if (twice !== undefined) throw new Error(`${name} has two routes for ${twice}`);
  if (!routing.some((route) => route.country === '*')) throw new Error(`${name} has no route for the rest of the world: add one for "*"`);
  for (const { country, value } of routing) {
    if (country !== '*' && samples[country] === undefined)
      throw new Error(`${name} has a route for ${country}, of which no samplePrefixes are known`);
    if (!value.endsWith(`.${zone}`)) throw new Error(`${name} leads to ${value}, which is not in the zone ${zone}`);
    if (names.includes(value)) throw new Error(`${name} leads to ${value}, which is routed itself`);
  }
}

function repeated(values: readonly string[]): string | undefined {
  return values.find((value, index) => values.indexOf(value) !== index);
}

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { checkoutDir } from '#sim/paths.ts';
import { parseTable, type RoutingTable } from '#standins/dns/table.ts';
import type { Run, Running } from '../drivers/run.ts';
import { componentFolder, startStandIn } from './stand-in.ts';

export interface DnsTarget extends Running {
  readonly port: number;
  /** The zones of infra/dns/geo-routing.json. */
  readonly table: RoutingTable;
  /** Where each front of the table listens, by its name. */
  readonly portOf: ReadonlyMap<string, number>;
  /** A routed name whose answer fits into no datagram of 512 octets. It is the suite's own. */
  readonly longName: string;
}

const label = (letter: string): string => letter.repeat(60);
const longZone = {
  name: 'long.test',
  records: [
    {
      name: `${label('n')}.${label('n')}.${label('n')}.long.test`,
      type: 'CNAME',
      ttlSeconds: 60,
      routing: [{ setIdentifier: 'world', country: '*', value: `${label('w')}.${label('w')}.${label('w')}.long.test` }],
    },
  ],
};

/** Starts the DNS with production's table, and a zone of long names beside it. The same program on both drivers. */
export async function startDns(run: Run): Promise<DnsTarget> {
  const text = await readFile(join(checkoutDir, 'infra/dns/geo-routing.json'), 'utf8');
  const table = parseTable(text);
  const together = { zones: [...table.zones, longZone], samplePrefixes: sampleOf(table) };
  const file = join(await componentFolder(run, 'dns'), 'geo-routing.json');
  await writeFile(file, JSON.stringify(together));
  const fronts = together.zones.flatMap((zone) => zone.records.flatMap((record) => record.routing.map((route) => route.value)));
  const portOf = new Map(fronts.map((front, index) => [front, 40_000 + index]));
  const endpoints = [...portOf].flatMap(([front, port]) => ['--endpoint', `${front}=127.0.0.1:${port}`]);
  const child = await startStandIn('dns', ['--table', file, ...endpoints]);
  return {
    port: Number(new URL(child.urlOf('dns')).port),
    table,
    portOf,
    longName: longZone.records[0]?.name ?? '',
    stop: async () => void (await child.stop()),
  };
}

function sampleOf({ prefixes }: RoutingTable): Record<string, { operator: string; prefixes: string[] }[]> {
  const countries = Object.groupBy(prefixes, ({ country }) => country);
  return Object.fromEntries(
    Object.entries(countries).map(([country, known]) => [country, [{ operator: 'all', prefixes: (known ?? []).map(({ text }) => text) }]]),
  );
}

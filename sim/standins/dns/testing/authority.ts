import { readFileSync } from 'node:fs';

import type { Authority } from '../respond.ts';
import { parseTable } from '../table.ts';
import { buildZones, type Endpoint } from '../zone.ts';

export const tableFile = new URL('../../../../infra/dns/geo-routing.json', import.meta.url);

/** Where the twin's fronts listen in these tests. */
export const endpoints: ReadonlyMap<string, Endpoint> = new Map(
  [
    ['device-api.world.madeinworld.com', 4001],
    ['device-api.china.madeinworld.com', 4002],
    ['admin.world.madeinworld.com', 4003],
    ['admin.china.madeinworld.com', 4003],
  ].map(([name, port]) => [String(name), { address: '127.0.0.1', port: Number(port) }]),
);

/** What the stand-in answers from, as its main.ts puts it together. */
export function authority(loopbackCountry = '*', text: string = readFileSync(tableFile, 'utf8'), at = endpoints): Authority {
  const table = parseTable(text);
  return { zones: buildZones(table, at), prefixes: table.prefixes, loopbackCountry };
}

import { readFileSync } from 'node:fs';

import { announceListening, logLine, readFlags, runChild, UsageError, wholeNumber } from '../child.ts';
import { isLoopback, parseAddress } from './address.ts';
import { listenBoth } from './listen.ts';
import { respond, type Authority } from './respond.ts';
import { parseTable, type RoutingTable } from './table.ts';
import { buildZones, type Endpoint } from './zone.ts';

await runChild(async (args) => {
  const flags = readFlags(
    {
      port: { type: 'string', default: '0' },
      table: { type: 'string' },
      endpoint: { type: 'string', multiple: true, default: [] },
      'default-region': { type: 'string' },
    },
    args,
  );
  const table = readTable(flags.table);
  const authority: Authority = {
    zones: zonesOf(table, flags.endpoint),
    prefixes: table.prefixes,
    loopbackCountry: countryOf(flags['default-region'], table),
  };
  const listener = await listenBoth(wholeNumber('port', flags.port, 0, 65_535), {
    answer: (message, transport, address) => {
      const resolver = parseAddress(address);
      return resolver === undefined ? undefined : respond(message, { transport, resolver }, authority);
    },
    onError: (error) => logLine('warn', 'An answer could not be sent', { error: error.message }),
  });
  announceListening('dns', `dns://127.0.0.1:${listener.port}`);
  return listener.close;
});

function readTable(file: string | undefined): RoutingTable {
  if (file === undefined) throw new UsageError('--table FILE is required: the routing table, infra/dns/geo-routing.json');
  try {
    return parseTable(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new UsageError(`--table ${file}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

function zonesOf(table: RoutingTable, texts: readonly string[]): Authority['zones'] {
  try {
    return buildZones(table, new Map(texts.map(endpointOf)));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new UsageError(`--endpoint: ${error.message}`, { cause: error });
  }
}

function endpointOf(text: string): [string, Endpoint] {
  const [, name = '', host = '', port = ''] = /^([^=]+)=([\d.]+):(\d+)$/.exec(text) ?? [];
  const address = parseAddress(host);
  if (address === undefined || !isLoopback(address)) throw new UsageError(`--endpoint must be NAME=127.0.0.1:PORT, not "${text}"`);
  return [name, { address: host, port: wholeNumber('endpoint', port, 1, 65_535) }];
}

/** The country of the region in which who asks from this machine counts as being. */
function countryOf(region: string | undefined, table: RoutingTable): string {
  if (region === undefined) return '*';
  const routes = table.zones.flatMap((zone) => zone.records.flatMap((record) => record.routing));
  const route = routes.find(({ setIdentifier }) => setIdentifier === region);
  if (route !== undefined) return route.country;
  const known = [...new Set(routes.map(({ setIdentifier }) => setIdentifier))].join(' or ');
  throw new UsageError(`--default-region must be ${known}, not "${region}"`);
}

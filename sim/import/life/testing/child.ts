/** An importer in a process of its own, to be killed: `node child.ts OPTIONS`, JSON. */
import { parseRegionsMap } from '../regions-map.ts';
import { runLife, type LifeOptions } from '../run-life.ts';

export interface ChildOptions extends Pick<LifeOptions, 'file' | 'reportFile' | 'leftOutFile' | 'journalFile'> {
  readonly url: string;
  readonly databaseUrl: string;
  readonly token: string;
}

export const optionsOf = ({ url, databaseUrl, token, ...files }: ChildOptions): LifeOptions => ({
  ...files,
  namespace: 'sample',
  map: parseRegionsMap('*=world'),
  mapText: '*=world',
  speed: 'max',
  laneCount: 3,
  addressOf: () => ({ apiUrl: url, databaseUrl }),
  mailUrl: url,
  staffAddress: 'nobody',
  patienceMs: 20_000,
  sessionOf: () => ({ token: async () => token, renew: async () => undefined }),
  signals: { stop: new AbortController().signal, abandon: new AbortController().signal },
});

const [given] = process.argv.slice(2);
if (import.meta.main && given !== undefined) await runLife(optionsOf(JSON.parse(given) as ChildOptions));

import { createCall, createRegionClient, type Call, type RegionClient } from '#client/index.ts';
import { problemOf } from './problem.ts';

/** A region's public API: its operations by name, and `call` for who has one from a table. Both reject with a `ProblemError`, or with the abort itself. */
export type Api = RegionClient & { readonly call: Call };

type Options = {
  /** How it is sent: in whose name. */
  readonly send?: typeof fetch;
  /** How often what may be repeated is sent at most. */
  readonly attempts?: number;
};

/** The API below `baseUrl`. */
export function createApi(baseUrl: string, { send = fetch, attempts }: Options = {}): Api {
  const options = {
    baseUrl,
    told: problemOf,
    // What staff look at is what there is now.
    fetch: async (input: RequestInfo | URL, init?: RequestInit) => send(input, { ...init, cache: 'no-store' }),
    ...(attempts === undefined ? {} : { attempts }),
  };
  return { ...createRegionClient(options), call: createCall(options) };
}

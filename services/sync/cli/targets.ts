import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

import { Type, type Static } from 'typebox';
import { Value } from 'typebox/value';

import { Region } from '#contracts/regions.ts';

import { CommandFailure, UsageFailure } from './failure.ts';

const run = promisify(execFile);

/** The operators' API of one region, with an access token for it. */
export interface Target {
  readonly region: Region;
  readonly url: string;
  token(): Promise<string>;
  /** A new token where that can be had here; undefined where somebody has to bring one. */
  renew(): Promise<string | undefined>;
  /** What to do when the API does not answer, and when the token is not taken. */
  readonly advice: { readonly away: string; readonly refused: string };
}

export interface TargetOptions {
  readonly region: Region | 'both';
  /** `URL`, or `region=URL`. */
  readonly url?: readonly string[];
  readonly tokenFile?: readonly string[];
}

/** How the command line of the twin is called: `sim` alone knows where a twin is, and how its staff signs in. */
export type CallSim = (args: readonly string[]) => Promise<string>;

const TwinTokens = Type.Record(Type.String(), Type.Object({ url: Type.String(), accessToken: Type.String() }));

/** Calls `sim` as a process of its own. Throws CommandFailure with what it said. */
export function simCaller(main: string, environment: NodeJS.ProcessEnv): CallSim {
  return async (args) => {
    try {
      return (await run(process.execPath, [main, ...args], { env: environment })).stdout;
    } catch (error) {
      const said = typeof error === 'object' && error !== null && 'stderr' in error ? String(error.stderr).trim() : String(error);
      const [message = '', ...advice] = said.split('\n');
      throw new CommandFailure(
        message.replace(/^sim: /, ''),
        [...advice.map((line) => line.trim()), 'For regions elsewhere: --url REGION=URL --token-file REGION=FILE']
          .filter(Boolean)
          .join('\n'),
        { cause: error },
      );
    }
  };
}

/** Where to ask: the regions that `--url` names, else those of the running twin. Throws UsageFailure, CommandFailure. */
export async function findTargets(options: TargetOptions, callSim: CallSim): Promise<Target[]> {
  const regions: readonly Region[] = options.region === 'both' ? ['world', 'china'] : [options.region];
  if (options.url !== undefined) {
    const [urls, files] = [byRegion('--url', options.url, regions), byRegion('--token-file', options.tokenFile ?? [], regions)];
    return [...urls].map(([region, url]) => remoteTarget(region, url, files.get(region)));
  }
  if (options.tokenFile !== undefined) throw new UsageFailure('--token-file goes with --url');
  const read = async (args: readonly string[]) => Value.Parse(TwinTokens, JSON.parse(await callSim(['token', '--json', ...args])));
  const found = await signIn(regions, read);
  return regions.map((region) => {
    const one = found.get(region);
    return {
      region,
      url: one !== undefined && 'url' in one ? one.url : '',
      async token() {
        if (one !== undefined && 'url' in one) return one.accessToken;
        throw one?.failure ?? new CommandFailure(`the twin has no token for ${region}`);
      },
      renew: async () => (await read([region, '--renew']))[region]?.accessToken,
      advice: {
        away: 'npm run sim:status   shows what is not running',
        refused: `npm run sim -- token ${region} --renew   signs in anew`,
      },
    };
  });
}

type SignedIn = { readonly url: string; readonly accessToken: string } | { readonly failure: unknown };

/** Signs in to the twin's regions with one call. Where that fails, to each by itself: one that is down or was not started keeps nobody from the other. */
async function signIn(
  regions: readonly Region[],
  read: (args: readonly string[]) => Promise<Static<typeof TwinTokens>>,
): Promise<Map<Region, SignedIn>> {
  const [only, other] = regions;
  try {
    const tokens = await read(only !== undefined && other === undefined ? [only] : []);
    return new Map(regions.flatMap((region) => (tokens[region] === undefined ? [] : [[region, tokens[region]]])));
  } catch (failure) {
    if (other === undefined) throw failure;
    const alone = await Promise.all(
      regions.map((region) =>
        signIn([region], read).then(
          (found) => [...found],
          (error: unknown): [Region, SignedIn][] => [[region, { failure: error }]],
        ),
      ),
    );
    const found = new Map(alone.flat());
    if ([...found.values()].every((one) => 'failure' in one)) throw failure;
    return found;
  }
}

const isRegion = (name: string): name is Region => Value.Check(Region, name);

/** Reads values of `region=value`; one without a name is the one region's. */
function byRegion(option: string, values: readonly string[], regions: readonly Region[]): Map<Region, string> {
  const found = new Map<Region, string>();
  for (const value of values) {
    const named = /^([a-z]+)=(.+)$/.exec(value);
    const [only] = regions;
    const region = named?.[1] ?? (regions.length === 1 ? only : undefined);
    if (region === undefined)
      throw new UsageFailure(`${option} ${value}: say whose it is`, `${option} world=${value}   or add --region world`);
    if (!isRegion(region)) throw new UsageFailure(`${option}: there is no region ${region}; there are world and china`);
    if (!regions.includes(region)) continue;
    found.set(region, named?.[2] ?? value);
  }
  return found;
}

function remoteTarget(region: Region, url: string, tokenFile: string | undefined): Target {
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) throw new UsageFailure(`--url: ${url} is no address of an API`);
  if (tokenFile === undefined) {
    throw new UsageFailure(
      `there is no token for ${region}`,
      `--token-file ${region}=FILE   a file with an access token of an administrator`,
    );
  }
  return {
    region,
    url,
    async token() {
      const text = await readFile(tokenFile, 'utf8').catch((error: unknown) => {
        throw new CommandFailure(`the token file cannot be read: ${error instanceof Error ? error.message : String(error)}`);
      });
      const token = text.trim();
      if (!/^[A-Za-z0-9._-]+$/.test(token)) throw new CommandFailure(`${tokenFile} holds no access token`);
      return token;
    },
    renew: async () => undefined,
    advice: {
      away: `Is ${url} the front of ${region}, and is its sync-worker running?`,
      refused: `Put a new access token of ${region} into ${tokenFile}.`,
    },
  };
}

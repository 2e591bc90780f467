import type { ChildProcess } from 'node:child_process';
import { rm, rmdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { cacheDir as checkoutCacheDir } from '../paths.ts';
import { locateBinaries } from './binaries.ts';
import { ensureCluster, ensureTemplate, keepCluster, readSuperuserPassword, type ClusterOrigin, type TemplateOptions } from './cluster.ts';
import { outsideFolder, reachablePath, reachablePrograms, serverIdentity } from './identity.ts';
import { startServer, stopServer } from './server.ts';
import { defaultSettings, type ServerSettings } from './settings.ts';

export interface StartPostgresOptions {
  /** The cluster's folder; made when missing. It may end up elsewhere, see `reachablePath`. */
  readonly dataDir: string;
  /** Names the template for a cluster that has to be made, where one of that name has been kept; else it is made empty. */
  readonly kept?: () => string | undefined;
  readonly settings?: Partial<ServerSettings>;
  readonly cacheDir?: string;
  readonly onLine?: (line: string) => void;
  readonly onSpawn?: (child: ChildProcess) => void;
}

export interface StartedPostgres {
  readonly port: number;
  readonly pid: number;
  readonly version: string;
  readonly child: ChildProcess;
  readonly origin: ClusterOrigin;
  /** Names the superuser and the database `postgres`. */
  readonly superuserUrl: string;
  stop(): Promise<void>;
}

/**
 * Starts a real PostgreSQL server on 127.0.0.1 and returns when it answers, making its data folder first when
 * there is none. As root the server runs under an unprivileged uid, with programs and data where that uid can
 * reach them. Throws with the server's own words when it does not come up.
 */
export async function startPostgres(options: StartPostgresOptions): Promise<StartedPostgres> {
  const template = await templateOptions(options.cacheDir ?? checkoutCacheDir);
  const { identity, nativeDir, version } = template;
  const dataDir = await reachablePath(options.dataDir, identity);
  const origin = await ensureCluster({ ...template, dataDir, kept: options.kept });
  const password = await readSuperuserPassword(dataDir);
  const { port, child } = await startServer({
    dataDir,
    nativeDir,
    identity,
    settings: { ...defaultSettings, ...options.settings },
    onLine: options.onLine ?? (() => undefined),
    onSpawn: options.onSpawn ?? (() => undefined),
  });
  return {
    port,
    pid: child.pid ?? 0,
    version,
    child,
    origin,
    superuserUrl: urlFor(password, port),
    stop: () => stopServer(child),
  };
}

/** The superuser's URL of a server that was started before, by where its data really lies. */
export async function superuserUrlOf(dataDir: string, port: number): Promise<string> {
  return urlFor(await readSuperuserPassword(dataDir), port);
}

function urlFor(password: string, port: number): string {
  return `postgres://postgres:${password}@127.0.0.1:${port}/postgres`;
}

export interface KeepOptions {
  /** As it was given to `startPostgres`; its server is down. */
  readonly dataDir: string;
  /** The template is `kind-version`; of a kind the latest few are kept. */
  readonly kind: string;
  readonly version: string;
  readonly cacheDir?: string;
}

/** Keeps a cluster that `startPostgres` made as a template for later ones. */
export async function keepAsTemplate({ dataDir, kind, version, cacheDir = checkoutCacheDir }: KeepOptions): Promise<void> {
  const options = await templateOptions(cacheDir);
  await keepCluster({ ...options, dataDir: await reachablePath(dataDir, options.identity) }, kind, version);
}

/** Makes what every first start needs (programs in reach, the template), so that several starts share it. */
export async function preparePostgres(): Promise<void> {
  await ensureTemplate(await templateOptions(checkoutCacheDir));
}

async function templateOptions(cacheDir: string): Promise<TemplateOptions> {
  const identity = serverIdentity();
  const binaries = await locateBinaries();
  const nativeDir = await reachablePrograms(binaries, identity, join(cacheDir, 'postgres'));
  return { nativeDir, version: binaries.version, cacheDir, identity };
}

/** Removes a stopped server's data, wherever `startPostgres` put it. */
export async function removePostgresData(dataDir: string): Promise<void> {
  const outside = outsideFolder(dirname(dataDir));
  const places = [dataDir, join(outside, basename(dataDir))];
  const paths = places.flatMap((place) =>
    ['', '.partial', '.password', '.port', '.next', '.next.password', '.replaced', '.replaced.password'].map((end) => place + end),
  );
  await Promise.all(paths.map((path) => rm(path, { recursive: true, force: true })));
  // Others of the same checkout may still lie there.
  await rmdir(outside).catch(() => undefined);
}

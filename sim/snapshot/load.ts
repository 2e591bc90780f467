import { mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Value } from 'typebox/value';
import { checkoutDir } from '../paths.ts';
import { ensureSecrets } from '../supervisor/secrets.ts';
import { queueNames } from '../topology/environment.ts';
import type { Region } from '../topology/regions.ts';
import { checkFits, checkWhole } from './check.ts';
import { stageFiles, swapFiles, swapFilesBack, tidyFiles } from './files.ts';
import type { Manifest } from './manifest.ts';
import { readMigrations } from './migrations.ts';
import { renewQueue, fillQueue } from './queues/fill.ts';
import { SavedQueues } from './queues/message.ts';
import { parts } from './save.ts';
import { findSnapshot, requireRoom, type FoundSnapshot } from './store.ts';
import type { SnapshotTwin } from './twin.ts';

/**
 * Puts the twin back to where it was saved: databases, queues, secrets and mail together. Nothing serves while they are replaced, so no worker sees one
 * region restored and the other not. Faults of links stay as they are. Throws SnapshotNameError or Error: the twin is then as it was before, or the error
 * says that it is not and what to do. Aborted before anything has been replaced, it leaves the twin alone; after that it goes on to its end.
 */
export async function loadSnapshot(name: string, twin: SnapshotTwin, signal: AbortSignal): Promise<Manifest> {
  const found = findSnapshot(name);
  const { manifest, folder } = found;
  const { regions } = manifest;
  const { older } = await checked(found, twin, regions);
  const queues = Value.Parse(SavedQueues, JSON.parse(readFileSync(join(folder, parts.queues), 'utf8')));
  try {
    await Promise.all([stageFiles(twin.paths, folder), ...regions.map((region) => stage(found, region, twin, signal))]);
    signal.throwIfAborted();
    await replaceAll(twin, regions, async () => {
      await all(regions, (region) => refill(twin, region, queues));
      if (older) {
        await twin.migrate();
        twin.progress('the migrations that it lacked have run');
      }
    });
  } finally {
    twin.afterwards(() => Promise.allSettled([tidyFiles(twin.paths), ...regions.map((region) => twin.databases.tidy(region))]));
  }
  return manifest;
}

/**
 * Puts one region's database alone back to where it was saved, as an operator who restores a backup: everything else runs on, and only its
 * connections break. What is to be done then is told by docs/operations.md, "When a region lost something". Throws as `loadSnapshot`.
 */
export async function restoreDatabase(name: string, region: Region, twin: SnapshotTwin, signal: AbortSignal): Promise<Manifest> {
  const found = findSnapshot(name);
  if (!found.manifest.regions.includes(region)) throw new Error(`the snapshot ${name} holds no database of ${region}`);
  const { older } = await checked(found, twin, found.manifest.regions);
  if (older) throw new Error(`the snapshot ${name} has older migrations, and the services of ${region} run on: load it as a whole`);
  const { databases } = twin;
  try {
    await stage(found, region, twin, signal);
    signal.throwIfAborted();
    await orBack(
      async () => {
        await databases.stop(region);
        await databases.swap(region);
        await databases.start(region);
      },
      async () => {
        await databases.stop(region);
        await databases.swapBack(region);
        await databases.start(region);
      },
    );
  } finally {
    twin.afterwards(() => databases.tidy(region));
  }
  twin.progress(`${region}'s database is that of ${found.manifest.at}`);
  return found.manifest;
}

async function checked(found: FoundSnapshot, twin: SnapshotTwin, regions: readonly Region[]): Promise<{ older: boolean }> {
  const { mode, regions: running } = twin.state();
  const fits = checkFits(found.manifest, {
    mode,
    regions: running,
    postgres: Object.fromEntries(running.map((region) => [region, twin.postgresMajor(region)])),
    platform: `${process.platform}-${process.arch}`,
    migrations: readMigrations(checkoutDir),
  });
  checkWhole(found);
  const bytes = regions.reduce((sum, region) => sum + (found.manifest.parts[parts.database(region)]?.bytes ?? 0), 0);
  const place = mode === 'embedded' ? dirname(twin.paths.postgres('world')) : twin.paths.simDir;
  mkdirSync(place, { recursive: true });
  await requireRoom(place, bytes);
  return fits;
}

async function stage({ folder }: FoundSnapshot, region: Region, twin: SnapshotTwin, signal: AbortSignal): Promise<void> {
  await twin.databases.stage(region, join(folder, parts.database(region)), signal);
  twin.progress(`${region}'s database lies ready`);
}

async function replaceAll(twin: SnapshotTwin, regions: readonly Region[], afterwards: () => Promise<void>): Promise<void> {
  const { databases, paths } = twin;
  const stop = async (): Promise<void> => {
    await twin.stopProcesses();
    await all(regions, (region) => databases.stop(region));
  };
  const startBackends = (): Promise<unknown> => Promise.all([twin.startBackends(), all(regions, (region) => databases.start(region))]);
  await orBack(
    async () => {
      await stop();
      twin.progress('everything is stopped');
      await swapFiles(paths);
      // A snapshot of an older checkout has no logins for services that have come since.
      ensureSecrets(paths);
      await all(regions, (region) => databases.swap(region));
      await startBackends();
      twin.progress('databases, queues and secrets are back');
      await afterwards();
      await twin.startServices();
      twin.progress('the services run');
    },
    async () => {
      await stop();
      await swapFilesBack(paths);
      await all(regions, (region) => databases.swapBack(region));
      await startBackends();
      // What waited in the queues is gone with them.
      await twin.reconcile();
      await twin.startServices();
    },
  );
}

async function refill(twin: SnapshotTwin, region: Region, queues: SavedQueues): Promise<void> {
  const opened = twin.queues(region);
  try {
    for (const name of queueNames) {
      await renewQueue(opened.call, name);
      await fillQueue(opened.call, name, queues[region]?.[name] ?? []);
    }
  } finally {
    await opened.close();
  }
}

/** Does something; where it fails, takes it back. Throws why, and how the twin was left. */
async function orBack(work: () => Promise<void>, back: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    try {
      await back();
    } catch (error) {
      const second = error instanceof Error ? error.message : String(error);
      throw new Error(
        `it could not be loaded (${reason}), and what was there before could not be put back (${second})\n  npm run sim:down && npm run sim:up -- --fresh --snapshot NAME   begins anew; npm run sim:logs -- supervisor   tells more`,
        { cause: error },
      );
    }
    throw new Error(`it could not be loaded, and the twin is as it was before: ${reason}`, { cause });
  }
}

/** All at once; where one fails it waits for the others before it throws. */
async function all<Item>(items: readonly Item[], work: (item: Item) => Promise<unknown>): Promise<void> {
  const outcomes = await Promise.allSettled(items.map(work));
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
}

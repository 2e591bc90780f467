import { mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Value } from 'typebox/value';
import type { Fault } from '../faults/fault.ts';
import { checkoutDir } from '../paths.ts';
import { ensureSecrets } from '../supervisor/secrets.ts';
import { queueNames } from '../topology/environment.ts';
import type { Region } from '../topology/regions.ts';
import { checkFits, checkWhole } from './check.ts';
import { stageFiles, swapFiles, swapFilesBack, tidyFiles } from './files.ts';
import { clearTheWay, isInTheDatabasesWay, isInTheWay, setClocks, type LoadFaults, type Loaded } from './faults.ts';
import { readMigrations } from './migrations.ts';
import { renewQueue, fillQueue } from './queues/fill.ts';
import { SavedQueues } from './queues/message.ts';
import { parts } from './save.ts';
import { NotPutBack, orBack } from './put-back.ts';
import { findSnapshot, requireRoom, type FoundSnapshot } from './store.ts';
import type { SnapshotTwin } from './twin.ts';

/**
 * Puts the twin back to where it was saved: databases, queues, secrets and mail together. Nothing serves while they are replaced, so no worker sees one
 * region restored and the other not. Faults that nothing could be started under are healed first, those of clocks are those of the save, and all others stay. Throws SnapshotNameError or Error: the twin is then as it was before, or the error
 * says that it is not and what to do. Aborted before anything has been replaced, it leaves the twin alone; after that it goes on to its end.
 */
export async function loadSnapshot(name: string, twin: SnapshotTwin, faults: LoadFaults, signal: AbortSignal): Promise<Loaded> {
  const found = findSnapshot(name);
  const { manifest, folder } = found;
  const { regions } = manifest;
  const { older } = await checked(found, twin, regions);
  const queues = Value.Parse(SavedQueues, JSON.parse(readFileSync(join(folder, parts.queues), 'utf8')));
  const tidy = (): void =>
    twin.afterwards(() => Promise.allSettled([tidyFiles(twin.paths), ...regions.map((region) => twin.databases.tidy(region))]));
  try {
    await Promise.all([stageFiles(twin.paths, folder), ...regions.map((region) => stage(found, region, twin, signal))]);
    signal.throwIfAborted();
    const healed = await cleared(twin, faults, isInTheWay);
    await replaceAll(twin, regions, async () => {
      await all(regions, (region) => refill(twin, region, queues));
      if (older) {
        await twin.migrate();
        twin.progress('the migrations that it lacked have run');
      }
    });
    const clocks = await setClocks(faults, manifest.clocks ?? []);
    for (const { target, summary } of clocks.clocks) twin.progress(`${target}: ${summary}, as it was`);
    for (const { process, reason } of clocks.clocksLeft) twin.progress(`the clock of ${process} is not as it was: ${reason}`);
    tidy();
    return { manifest, healed: [...healed], ...clocks };
  } catch (error) {
    // What could not be put back lies there alone.
    if (!(error instanceof NotPutBack)) tidy();
    throw error;
  }
}

/**
 * Puts one region's database alone back to where it was saved, as an operator who restores a backup: everything else runs on, and only its
 * connections break. What is to be done then is told by docs/operations.md, "When a region lost something". Throws as `loadSnapshot`.
 */
export async function restoreDatabase(
  name: string,
  region: Region,
  twin: SnapshotTwin,
  faults: LoadFaults,
  signal: AbortSignal,
): Promise<Loaded> {
  const found = findSnapshot(name);
  if (!found.manifest.regions.includes(region)) throw new Error(`the snapshot ${name} holds no database of ${region}`);
  const { older } = await checked(found, twin, found.manifest.regions);
  if (older) throw new Error(`the snapshot ${name} has older migrations, and the services of ${region} run on: load it as a whole`);
  const { databases } = twin;
  try {
    await stage(found, region, twin, signal);
    signal.throwIfAborted();
    const healed = await cleared(twin, faults, isInTheDatabasesWay(region));
    await orBack({
      async work() {
        await databases.stop(region);
        await databases.swap(region);
        await databases.start(region);
      },
      async putBack() {
        await databases.stop(region);
        await databases.swapBack(region);
      },
      startAgain: [() => databases.start(region)],
    });
    twin.progress(`${region}'s database is that of ${found.manifest.at}`);
    twin.afterwards(() => databases.tidy(region));
    return { manifest: found.manifest, healed: [...healed], clocks: [], clocksLeft: [] };
  } catch (error) {
    if (!(error instanceof NotPutBack)) twin.afterwards(() => databases.tidy(region));
    throw error;
  }
}

/** Heals what is in the way, and tells of it: nobody else has asked for that. */
async function cleared(twin: SnapshotTwin, faults: LoadFaults, isInIt: (fault: Fault) => boolean): Promise<readonly Fault[]> {
  const healed = await clearTheWay(faults, isInIt);
  for (const { kind, target, summary } of healed) twin.progress(`healed, for it was in the way: ${kind} ${target}, ${summary}`);
  return healed;
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
  const startDatabases = (): Promise<void> => all(regions, (region) => databases.start(region));
  await orBack({
    async work() {
      await stop();
      twin.progress('everything is stopped');
      await swapFiles(paths);
      // A snapshot of an older checkout has no logins for services that have come since.
      ensureSecrets(paths);
      await all(regions, (region) => databases.swap(region));
      await all([() => twin.startBackends(), startDatabases], (start) => start());
      twin.progress('databases, queues and secrets are back');
      await afterwards();
      await twin.startServices();
      twin.progress('the services run');
    },
    async putBack() {
      await stop();
      await all([() => swapFilesBack(paths), ...regions.map((region) => () => databases.swapBack(region))], (back) => back());
    },
    // What waited in the queues is gone with them, so the regions compare.
    startAgain: [startDatabases, () => twin.startBackends(), () => twin.reconcile(), () => twin.startServices()],
  });
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

/** All at once; where one fails it waits for the others before it throws. */
async function all<Item>(items: readonly Item[], work: (item: Item) => Promise<unknown>): Promise<void> {
  const outcomes = await Promise.allSettled(items.map(work));
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
}

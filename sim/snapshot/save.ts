import { mkdirSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkoutDir } from '../paths.ts';
import { writeWhole, type TwinState } from '../supervisor/state.ts';
import { queueNames } from '../topology/environment.ts';
import { regions as allRegions, type Region } from '../topology/regions.ts';
import { copyTree } from './copy-tree.ts';
import type { Capture } from './database/database.ts';
import { FORMAT, measure, type Clock, type Manifest } from './manifest.ts';
import { readMigrations } from './migrations.ts';
import type { SavedMessage, SavedQueues } from './queues/message.ts';
import { beginSnapshot, requireRoom, snapshotsDir } from './store.ts';
import type { SnapshotTwin } from './twin.ts';

export interface SaveRequest {
  readonly name: string;
  readonly note: string | null;
  /** Whether one of the name may be replaced. */
  readonly replace: boolean;
}

/** Where the parts lie in a snapshot's folder. */
export const parts = {
  database: (region: string) => `databases/${region}`,
  queues: 'queues.json',
  secrets: 'secrets',
  mail: 'mail',
  payments: 'payments',
} as const;

/** The WAL that is written while the files are copied. */
const WAL_BYTES = 64_000_000;

/**
 * Saves the twin under a name. The databases' files are copied while it serves; then all that serves stands still for the moment in which the queues are
 * read and the databases' backups end. So it is one cut: whatever had been answered is in it. A pointer is in the outbox or in the queue, for the
 * outbox forgets it only after the queue has it; a message is in the queue or its rows are with the peer, for it is deleted only after those were answered.
 * Throws SnapshotNameError, or Error with what to do. Aborted or failed, it leaves nothing, and the twin serves on.
 */
export async function saveSnapshot(request: SaveRequest, twin: SnapshotTwin, signal: AbortSignal): Promise<Manifest> {
  const startedMs = performance.now();
  const { regions } = twin.state();
  const draft = beginSnapshot(request.name, request.replace);
  const captures: Capture[] = [];
  try {
    const bytes = await Promise.all(regions.map((region) => twin.databases.bytes(region)));
    await requireRoom(
      snapshotsDir,
      bytes.reduce((sum, size) => sum + size + WAL_BYTES, 0),
    );
    await inParallel(regions, async (region) => {
      const folder = join(draft.folder, parts.database(region));
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      captures.push(await twin.databases.capture(region, folder, signal));
      twin.progress(`${region}'s database is copied`);
    });
    signal.throwIfAborted();
    const cut = await makeCut(twin, draft.folder, captures);
    twin.progress(`everything stood still for ${cut.frozenMs} ms`);
    await inParallel(captures, (capture) => capture.finish());
    signal.throwIfAborted();
    const names = [...regions.map(parts.database), parts.queues, parts.secrets, parts.mail, parts.payments];
    const { mode, split, image, faults } = twin.state();
    const manifest: Manifest = {
      format: FORMAT,
      name: request.name,
      note: request.note,
      at: cut.at,
      mode,
      regions: [...regions],
      layout: { split, image },
      postgres: Object.fromEntries(regions.map((region) => [region, twin.postgresMajor(region)])),
      platform: `${process.platform}-${process.arch}`,
      migrations: readMigrations(checkoutDir),
      queued: Object.fromEntries(Object.entries(cut.queues).map(([region, queues]) => [region, Object.values(queues).flat().length])),
      faults: faults.map(({ kind, target, summary }) => ({ kind, target, summary })),
      clocks: clocksOf(twin.state(), Date.parse(cut.at)),
      frozenMs: cut.frozenMs,
      tookMs: Math.round(performance.now() - startedMs),
      parts: Object.fromEntries(names.map((name) => [name, measure(join(draft.folder, name))])),
    };
    await draft.finish(manifest);
    return manifest;
  } catch (error) {
    await draft.discard();
    throw error;
  } finally {
    await Promise.allSettled(captures.map((capture) => capture.close()));
  }
}

/** The clocks that a fault has set. */
function clocksOf({ faults, skews }: TwinState, atMs: number): Clock[] {
  return faults.flatMap(({ kind, target, until }): Clock[] => {
    const skewMs = skews[target];
    if (kind !== 'clock' || skewMs === undefined) return [];
    return [{ process: target, skewMs, leftMs: until === null ? null : Math.max(0, Date.parse(until) - atMs) }];
  });
}

interface Cut {
  readonly at: string;
  readonly frozenMs: number;
  readonly queues: SavedQueues;
}

async function makeCut(twin: SnapshotTwin, folder: string, captures: readonly Capture[]): Promise<Cut> {
  const { paths, state } = twin;
  const startedMs = performance.now();
  const thaw = await twin.freeze();
  try {
    const at = new Date().toISOString();
    const reading = inParallel(state().regions, async (region) => [region, await readQueues(twin, region)] as const);
    const [queues] = await Promise.all([
      reading.then((read) => Object.fromEntries(read)),
      inParallel(captures, (capture) => capture.cut()),
      copyTree(paths.mail, join(folder, parts.mail), { leaveOut: (path) => path.endsWith('.partial') }),
      copyTree(paths.payments, join(folder, parts.payments)),
      copySecrets(twin, join(folder, parts.secrets)),
    ]);
    writeWhole(join(folder, parts.queues), queues, 0o600);
    return { at, queues, frozenMs: Math.round(performance.now() - startedMs) };
  } finally {
    await thaw();
  }
}

async function readQueues(twin: SnapshotTwin, region: Region): Promise<Record<string, SavedMessage[]>> {
  const queues = twin.queues(region);
  try {
    return Object.fromEntries(await inParallel(queueNames, async (name) => [name, await queues.read(name)] as const));
  } finally {
    await queues.close();
  }
}

async function copySecrets({ paths }: SnapshotTwin, folder: string): Promise<void> {
  mkdirSync(folder, { mode: 0o700 });
  const files = [
    ...allRegions.map((region) => [paths.secrets(region), `${region}.json`] as const),
    [paths.inspector, 'inspector.json'] as const,
  ];
  await Promise.all(files.map(([from, name]) => copyFile(from, join(folder, name))));
}

/** All at once; where one fails it waits for the others, so that nobody goes on working on what is then thrown away. */
async function inParallel<Item, Result>(items: readonly Item[], work: (item: Item) => Promise<Result>): Promise<Result[]> {
  const outcomes = await Promise.allSettled(items.map(work));
  return outcomes.map((outcome) => {
    if (outcome.status === 'rejected') throw outcome.reason;
    return outcome.value;
  });
}

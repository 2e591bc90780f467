import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { rename, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheDir } from '../paths.ts';
import { writeWhole } from '../supervisor/state.ts';
import { checkName, SnapshotNameError, unknownName } from './names.ts';
import { MANIFEST, readManifest, type Manifest } from './manifest.ts';

/** Where the snapshots of a checkout lie: outside of every twin's folder, so that they outlive `down --wipe` and `up --fresh`. */
export const snapshotsDir = join(cacheDir, 'snapshots');

const PARTIAL = /^\.partial-(\d+)-/;

/** One of the folder, whole or not. */
export type Listed = { readonly name: string; readonly manifest: Manifest } | { readonly name: string; readonly damage: string };

/** Every snapshot, the newest last. */
export function listSnapshots(dir = snapshotsDir): Listed[] {
  return namesIn(dir)
    .map((name): Listed => {
      const read = readManifest(join(dir, name));
      if (read.kind === 'read') return { name, manifest: read.manifest };
      return { name, damage: damageOf(read.format) };
    })
    .toSorted((a, b) => (timeOf(a) < timeOf(b) ? -1 : 1));
}

const timeOf = (listed: Listed): string => ('manifest' in listed ? listed.manifest.at : '');

function damageOf(format: number | undefined): string {
  return format === undefined ? 'it has no manifest that can be read' : `it is of format ${format}, which this checkout does not know`;
}

function namesIn(dir: string): string[] {
  return existsSync(dir) ? readdirSync(dir).filter((name) => !name.startsWith('.')) : [];
}

export interface FoundSnapshot {
  readonly folder: string;
  readonly manifest: Manifest;
}

/** Throws SnapshotNameError where there is none of the name, Error where what there is cannot be read. */
export function findSnapshot(name: string, dir = snapshotsDir): FoundSnapshot {
  checkName(name);
  const folder = join(dir, name);
  if (!existsSync(folder)) throw unknownName(name, namesIn(dir));
  const read = readManifest(folder);
  if (read.kind === 'read') return { folder, manifest: read.manifest };
  throw new Error(`the snapshot ${name} cannot be used: ${damageOf(read.format)}\n  npm run sim -- snapshot remove ${name}`);
}

/** Removes a snapshot, whatever state it is in. Throws SnapshotNameError where there is none. */
export async function removeSnapshot(name: string, dir = snapshotsDir): Promise<void> {
  checkName(name);
  removeLeftovers(dir);
  const folder = join(dir, name);
  if (!existsSync(folder)) throw unknownName(name, namesIn(dir));
  await discard(folder, dir);
}

/** A snapshot that is being made. It is none before `finish`. */
export interface Draft {
  readonly folder: string;
  finish(manifest: Manifest): Promise<void>;
  /** Removes what there is of it. */
  discard(): Promise<void>;
}

/**
 * Begins a snapshot; what others left half done is removed first. Throws SnapshotNameError for a bad name, and for one that is taken unless it may be
 * replaced.
 */
export function beginSnapshot(name: string, replace: boolean, dir = snapshotsDir): Draft {
  checkName(name);
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  // It holds secrets, and may have been made by a hand that did not think of that.
  chmodSync(dir, 0o700);
  removeLeftovers(dir);
  const target = join(dir, name);
  if (existsSync(target) && !replace) {
    throw new SnapshotNameError(`there is a snapshot called ${name} already; --replace puts the new one in its place`);
  }
  const folder = join(dir, `.partial-${process.pid}-${name}`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { mode: 0o700 });
  return {
    folder,
    async finish(manifest) {
      writeWhole(join(folder, MANIFEST), manifest, 0o600);
      if (existsSync(target)) await discard(target, dir);
      await rename(folder, target);
    },
    discard: () => rm(folder, { recursive: true, force: true }),
  };
}

/** Its name is free at once, and no half of it can be taken for a whole if this is interrupted. */
async function discard(folder: string, dir: string): Promise<void> {
  const aside = join(dir, `.partial-${process.pid}-removed-${Date.now()}`);
  await rename(folder, aside);
  await rm(aside, { recursive: true, force: true });
}

/** Removes what interrupted saves left; those of processes that run still are theirs. */
function removeLeftovers(dir: string): void {
  for (const name of existsSync(dir) ? readdirSync(dir) : []) {
    const pid = Number(PARTIAL.exec(name)?.[1]);
    if (pid > 0 && pid !== process.pid && !runs(pid)) rmSync(join(dir, name), { recursive: true, force: true });
  }
}

function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** Throws with what is missing where a folder's file system has no room for `bytes`. */
export async function requireRoom(dir: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(dir);
  const free = bavail * bsize;
  if (free >= bytes) return;
  const mb = (count: number): string => `${Math.ceil(count / 1e6)} MB`;
  throw new Error(
    `there is no room: ${mb(bytes)} are needed in ${dir}, ${mb(free)} are free\n  npm run sim -- snapshot list   shows what could be removed`,
  );
}

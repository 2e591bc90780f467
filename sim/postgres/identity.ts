import { constants } from 'node:fs';
import { chmod, chown, cp, lstat, mkdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { folderId } from '../paths.ts';
import type { PostgresBinaries } from './binaries.ts';

/** Who runs the server: PostgreSQL refuses root, so root hands it to `nobody`. */
export interface ServerIdentity {
  readonly uid: number;
  readonly gid: number;
}

const nobody: ServerIdentity = { uid: 65534, gid: 65534 };

/** The identity to switch to, or undefined where the present user will do. */
export function serverIdentity(): ServerIdentity | undefined {
  return process.getuid?.() === 0 ? nobody : undefined;
}

/** Whether the user may pass through every folder above and including `path` (which may not exist yet). */
export async function canReach(path: string, identity: ServerIdentity): Promise<boolean> {
  for (let folder = path; ; folder = dirname(folder)) {
    const found = await stat(folder).catch(() => undefined);
    if (found !== undefined) {
      const needed = found.uid === identity.uid ? constants.S_IXUSR : constants.S_IXOTH;
      if ((found.mode & needed) === 0) return false;
    }
    if (dirname(folder) === folder) return true;
  }
}

/**
 * The folder that stands in for `folder` where the server's user cannot reach it, one for each folder.
 * It outlives a reboot; a foreign one of that name is refused, for its owner could read the data.
 */
export function outsideFolder(folder: string): string {
  return join('/var/tmp', `madeinworld-${folderId(folder)}`);
}

/**
 * Where the server may keep what belongs at `wanted`: there, or in the folder outside when its user cannot
 * reach `wanted`. Makes the folder above it.
 */
export async function reachablePath(wanted: string, identity: ServerIdentity | undefined): Promise<string> {
  const parent = dirname(wanted);
  await mkdir(parent, { recursive: true });
  if (identity === undefined || (await canReach(parent, identity))) return wanted;
  const outside = outsideFolder(parent);
  await mkdir(outside, { mode: 0o711 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  const found = await lstat(outside);
  if (!found.isDirectory() || found.uid !== 0) {
    throw new Error(`${outside} is needed for the database files but belongs to someone else: remove it and try again`);
  }
  await chmod(outside, 0o711);
  return join(outside, wanted.slice(parent.length + 1));
}

/** The programs where the server's user can run them: where npm put them, or a copy at `copyDir`'s reachable path. */
export async function reachablePrograms(
  binaries: PostgresBinaries,
  identity: ServerIdentity | undefined,
  copyDir: string,
): Promise<string> {
  if (identity === undefined || (await canReach(join(binaries.nativeDir, 'bin'), identity))) return binaries.nativeDir;
  const target = await reachablePath(join(copyDir, `programs-${binaries.version}`), identity);
  if ((await stat(target).catch(() => undefined)) !== undefined) return target;
  const partial = `${target}.${process.pid}`;
  await cp(binaries.nativeDir, partial, { recursive: true, verbatimSymlinks: true });
  await chmod(partial, 0o755);
  await rename(partial, target).catch(() => rm(partial, { recursive: true, force: true }));
  return target;
}

/** Makes a folder that only the server's user can enter. */
export async function makeServerFolder(path: string, identity: ServerIdentity | undefined): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  if (identity !== undefined) await chown(path, identity.uid, identity.gid);
}

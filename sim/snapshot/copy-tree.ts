import { constants } from 'node:fs';
import { chown, copyFile, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';

export interface CopyOptions {
  /** Whether a path below the root, `base/1/1259`, is left out; of a folder, with all that is in it. */
  readonly leaveOut?: (path: string) => boolean;
  /** To whom the copies are to belong. */
  readonly owner?: { readonly uid: number; readonly gid: number } | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Files at a time: more only wait for each other. */
const LANES = 16;

/**
 * Copies a folder, file by file, by reference where the file system can. What vanishes meanwhile is passed over: a running server removes files.
 * Files keep their mode and folders get 0700, as PostgreSQL wants its own. Throws the signal's reason when it is aborted.
 */
export async function copyTree(from: string, to: string, options: CopyOptions = {}): Promise<void> {
  const files: (readonly [from: string, to: string])[] = [];
  await walk('');

  async function walk(path: string): Promise<void> {
    const target = join(to, path);
    await mkdir(target, { recursive: true, mode: 0o700 });
    await own(target, options);
    for (const entry of await readdir(join(from, path), { withFileTypes: true }).catch(passVanished)) {
      const below = path === '' ? entry.name : `${path}/${entry.name}`;
      if (options.leaveOut?.(below) === true) continue;
      if (entry.isDirectory()) await walk(below);
      else if (entry.isFile()) files.push([join(from, below), join(to, below)]);
    }
  }

  let next = 0;
  const lane = async (): Promise<void> => {
    for (let file = files[next++]; file !== undefined; file = files[next++]) {
      options.signal?.throwIfAborted();
      await copyOne(...file, options);
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
}

async function copyOne(from: string, to: string, options: CopyOptions): Promise<void> {
  try {
    await copyFile(from, to, constants.COPYFILE_FICLONE);
  } catch (error) {
    passVanished(error);
    return;
  }
  await own(to, options);
}

async function own(path: string, { owner }: CopyOptions): Promise<void> {
  if (owner !== undefined) await chown(path, owner.uid, owner.gid);
}

function passVanished(error: unknown): never[] {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
  throw error;
}

import { readdirSync, statSync, watch, type FSWatcher } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { setImmediate } from 'node:timers/promises';

/** Editors write a file in several steps, and save several files together. */
const GATHER_MS = 60;

const unknown = Symbol('unknown');

export interface Watch {
  close(): void;
}

/**
 * Tells `onChange` which files below `folder` (their paths from there, with `/`) have other contents than before a moment after
 * the first of them was written. Resolves when it knows the present contents; what is written from the call on is told of. What was only touched, or written again as it was, is no change; what `concerns` says no to is not looked at.
 */
export async function watchFiles(
  folder: string,
  concerns: (file: string) => boolean,
  onChange: (files: readonly string[]) => void,
): Promise<Watch> {
  const contents = new Map<string, string | undefined | typeof unknown>();
  const waiting = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  const slashed = (path: string): string => path.replaceAll('\\', '/');
  const read = (file: string): Promise<string | undefined> => readFile(join(folder, file), 'utf8').catch(() => undefined);
  /** What was written before it was known. */
  const early = new Set<string>();
  let isKnown = false;
  let looking: Promise<void>;

  async function remember(): Promise<void> {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile()).map((entry) => slashed(relative(folder, join(entry.parentPath, entry.name))));
    await Promise.all(files.filter(concerns).map(async (file) => contents.set(file, await read(file))));
    // What was written before the last of them was read may not have been heard of yet.
    await setImmediate();
    for (const file of early) contents.set(file, unknown);
    isKnown = true;
  }

  async function look(): Promise<void> {
    const touched = [...waiting];
    waiting.clear();
    const changed: string[] = [];
    for (const file of touched) {
      const text = await read(file);
      if (contents.get(file) === text) continue;
      contents.set(file, text);
      changed.push(file);
    }
    if (changed.length > 0) onChange(changed);
  }

  const watching = watchFolders(folder, (name) => {
    const file = slashed(name);
    if (!concerns(file)) return;
    waiting.add(file);
    if (!isKnown) early.add(file);
    // Not begun anew with each event: what is written without pause is served all the same.
    timer ??= setTimeout(() => {
      timer = undefined;
      looking = looking.then(look);
    }, GATHER_MS);
  });
  looking = remember();
  await looking;
  return {
    close() {
      clearTimeout(timer);
      watching.close();
    },
  };
}

/**
 * Tells of what happens to anything below a folder, by its path from there. Each folder is watched, and no file: whoever watches a file hears no more of it
 * once another has been put in its place, as most editors save (on Linux `fs.watch` with `recursive` watches files).
 */
function watchFolders(folder: string, tell: (path: string) => void): Watch {
  const followed = new Map<string, { readonly identity: string; readonly watcher: FSWatcher }>();

  /** Watches a folder with all that is below, unless it does already; tells of the files of one that has just appeared. */
  function follow(path: string, appeared: boolean): void {
    const whole = join(folder, path);
    const found = statSync(whole, { bigint: true, throwIfNoEntry: false });
    // The number of a folder that was removed is soon given to another.
    const identity = `${found?.ino} ${found?.birthtimeNs}`;
    const known = followed.get(path);
    if (known !== undefined && known.identity === identity) return;
    known?.watcher.close();
    followed.delete(path);
    if (found?.isDirectory() !== true) return;
    try {
      followFolder(path, identity, appeared);
    } catch (error) {
      // Gone again meanwhile: the one that it was in tells of that.
      if (!(error instanceof Error) || !('code' in error) || error.code !== 'ENOENT') throw error;
    }
  }

  function followFolder(path: string, identity: string, appeared: boolean): void {
    const whole = join(folder, path);
    const watcher = watch(whole, (_, name) => {
      if (name === null) return;
      tell(join(path, name));
      follow(join(path, name), true);
    });
    // A folder that is removed is told of by the one that it was in.
    watcher.on('error', () => watcher.close());
    followed.set(path, { identity, watcher });
    for (const entry of readdirSync(whole, { withFileTypes: true })) {
      if (entry.isDirectory()) follow(join(path, entry.name), appeared);
      else if (appeared) tell(join(path, entry.name));
    }
  }

  follow('', false);
  return {
    close() {
      for (const { watcher } of followed.values()) watcher.close();
    },
  };
}

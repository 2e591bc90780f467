import { watch } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';

/** Editors write a file in several steps, and save several files together. */
const GATHER_MS = 60;

export interface Watch {
  close(): void;
}

/**
 * Tells `onChange` which files below `folder` (their paths from there, with `/`) have other contents than before a moment after
 * the first of them was written. Resolves when it knows the present contents. What was only touched, or written again as it was, is no change; what `concerns` says no to is not looked at.
 */
export async function watchFiles(
  folder: string,
  concerns: (file: string) => boolean,
  onChange: (files: readonly string[]) => void,
): Promise<Watch> {
  const contents = new Map<string, string | undefined>();
  const waiting = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  const slashed = (path: string): string => path.replaceAll('\\', '/');
  const read = (file: string): Promise<string | undefined> => readFile(join(folder, file), 'utf8').catch(() => undefined);
  let looking: Promise<void> = Promise.resolve();

  async function remember(): Promise<void> {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile()).map((entry) => slashed(relative(folder, join(entry.parentPath, entry.name))));
    for (const file of files.filter(concerns)) contents.set(file, await read(file));
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

  const watcher = watch(folder, { recursive: true }, (_, name) => {
    if (name === null || !concerns(slashed(name))) return;
    const file = slashed(name);
    waiting.add(file);
    // Not begun anew with each event: what is written without pause is served all the same.
    timer ??= setTimeout(() => {
      timer = undefined;
      looking = looking.then(look);
    }, GATHER_MS);
  });
  await remember();
  return {
    close() {
      clearTimeout(timer);
      watcher.close();
    },
  };
}

import { execFile } from 'node:child_process';
import { chmod, copyFile, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

import { patch, type Mutant } from './mutant.ts';

const run = promisify(execFile);

/** A copy of the checkout to plant bugs in: what git knows or would add, as it lies there now; the installed packages by a link. */
export interface CheckoutCopy {
  readonly dir: string;
  /** For the tests' temporary files: removed with the copy. */
  readonly tempDir: string;
  /** Plants the bug for as long as `work` runs. Throws where the entry does not fit its file. */
  withBug<Result>(mutant: Mutant, work: () => Promise<Result>): Promise<Result>;
}

/** Copies `checkout` into `target`, which must not exist yet. */
export async function copyCheckout(checkout: string, target: string): Promise<CheckoutCopy> {
  const dir = join(target, 'checkout');
  const tempDir = join(target, 'tmp');
  const { stdout } = await run('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: checkout,
    maxBuffer: 64 * 1024 * 1024,
  });
  for (const file of new Set(stdout.split('\0').filter((name) => name !== ''))) {
    await mkdir(dirname(join(dir, file)), { recursive: true });
    await copyFile(join(checkout, file), join(dir, file)).catch((error: NodeJS.ErrnoException) => {
      // Deleted, but not committed yet.
      if (error.code !== 'ENOENT') throw error;
    });
  }
  await symlink(join(checkout, 'node_modules'), join(dir, 'node_modules'), 'dir');
  await mkdir(tempDir);
  // PostgreSQL runs as somebody else where the tests run as root, and must be able to pass through.
  for (const folder of [target, tempDir]) await chmod(folder, 0o711);
  return {
    dir,
    tempDir,
    async withBug(mutant, work) {
      const path = join(dir, mutant.file);
      const original = await readFile(path, 'utf8').catch(() => '');
      const patched = patch(original, mutant);
      if ('error' in patched) throw new Error(`${mutant.file}: ${patched.error}`);
      await writeFile(path, patched.text);
      try {
        return await work();
      } finally {
        await writeFile(path, original);
      }
    },
  };
}

/** Removes a folder of copies, with whatever a test left in it. */
export async function removeCopies(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}

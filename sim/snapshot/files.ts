import { existsSync, mkdirSync } from 'node:fs';
import { copyFile, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { TwinPaths } from '../supervisor/state.ts';
import { copyTree } from './copy-tree.ts';
import { parts } from './save.ts';

/** The folders of a twin, apart from its databases, that a snapshot replaces. */
const replaced = (paths: TwinPaths): readonly string[] => [paths.secretsDir, paths.mail, paths.payments];

/** Lays a snapshot's secrets, mail and payments beside those in use. */
export async function stageFiles(paths: TwinPaths, folder: string): Promise<void> {
  await tidyFiles(paths);
  await copyTree(join(folder, parts.secrets), `${paths.secretsDir}.next`);
  await copyTree(join(folder, parts.mail), `${paths.mail}.next`);
  // A snapshot of an older checkout knows nothing of payments: the sandbox kept them in memory.
  const payments = join(folder, parts.payments);
  if (existsSync(payments)) await copyTree(payments, `${paths.payments}.next`);
  else mkdirSync(`${paths.payments}.next`);
  // It opens the volumes of this twin, and is none of the snapshot's.
  if (existsSync(paths.docker)) await copyFile(paths.docker, join(`${paths.secretsDir}.next`, basename(paths.docker)));
}

/** Puts them in place; what was there is kept aside. Tokens of before are forgotten: their keys may be others. */
export async function swapFiles(paths: TwinPaths): Promise<void> {
  for (const folder of replaced(paths)) {
    mkdirSync(folder, { recursive: true });
    await rename(folder, `${folder}.replaced`);
    await rename(`${folder}.next`, folder);
  }
  await rm(join(paths.simDir, 'access-tokens.json'), { force: true });
}

/** Takes `swapFiles` back, as far as it came. */
export async function swapFilesBack(paths: TwinPaths): Promise<void> {
  for (const folder of replaced(paths)) {
    if (!existsSync(`${folder}.replaced`)) continue;
    await rm(folder, { recursive: true, force: true });
    await rename(`${folder}.replaced`, folder);
  }
}

/** Removes what was staged and what was kept aside. */
export async function tidyFiles(paths: TwinPaths): Promise<void> {
  const left = replaced(paths).flatMap((folder) => [`${folder}.next`, `${folder}.replaced`]);
  await Promise.all(left.map((path) => rm(path, { recursive: true, force: true })));
}

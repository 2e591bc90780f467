import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { cacheDir, checkoutDir } from '../paths.ts';
import { adminDist, type CommandContext } from './commands.ts';
import { runChild, type ChildContext } from './child.ts';
import type { Registry } from './registry.ts';

const config = join(checkoutDir, 'services/web/admin/vite.config.ts');
const inputs = ['services/web', 'services/client', 'services/contracts', 'package-lock.json'];
const stampFile = join(cacheDir, 'admin-dist.inputs');

/** Says at once whether the panel that is there is made of these sources, so that nobody is told of a build that does not come. */
export async function lookAtAdminPanel(registry: Registry): Promise<void> {
  if (!existsSync(config)) registry.update({ adminPanel: 'absent' });
  else if (await isBuilt(await hashInputs())) registry.update({ adminPanel: 'built' });
}

async function isBuilt(stamp: string): Promise<boolean> {
  const built = await readFile(stampFile, 'utf8').catch(() => '');
  return built === stamp && existsSync(join(adminDist, 'index.html'));
}

/** Builds the admin panel unless it is built from the same inputs. The old one is served until the new one is whole. */
export async function ensureAdminPanel({ registry, environment }: CommandContext, context: () => ChildContext): Promise<void> {
  if (!existsSync(config)) return registry.update({ adminPanel: 'absent' });
  const stamp = await hashInputs();
  if (await isBuilt(stamp)) return registry.update({ adminPanel: 'built' });
  registry.update({ adminPanel: 'building' });
  const building = `${adminDist}.building`;
  const vite = join(checkoutDir, 'node_modules/vite/bin/vite.js');
  const args = [vite, 'build', '--config', config, '--outDir', building, '--emptyOutDir', '--logLevel', 'warn'];
  const spec = { name: 'admin-build', announces: [], stopStage: 0 };
  try {
    await runChild(spec, { args, env: { ...environment, NODE_ENV: 'production' } }, context());
    await rm(adminDist, { recursive: true, force: true });
    await rename(building, adminDist);
    await writeFile(stampFile, stamp);
    registry.update({ adminPanel: 'built' });
  } catch (error) {
    registry.update({ adminPanel: 'failed' });
    throw error;
  }
}

async function hashInputs(): Promise<string> {
  const hash = createHash('sha256');
  for (const input of inputs) {
    for (const file of await filesOf(join(checkoutDir, input))) {
      hash.update(`${relative(checkoutDir, file)}\0`).update(await readFile(file));
    }
  }
  return hash.digest('hex');
}

async function filesOf(path: string): Promise<string[]> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOTDIR') return undefined;
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  if (entries === undefined) return [path];
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
}

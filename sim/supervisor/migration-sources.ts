import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';

/** What runs the migrations, and what makes the database that they run in. */
const roots = ['services/migrate.ts', 'sim/postgres/cluster.ts', 'sim/postgres/provision.ts'];
// What is imported for its types alone decides nothing.
const imports = /^(?:import|export)\s(?!type\s)[^;]*?\bfrom '([.#][^']+)';$/gms;

/**
 * Every file of the checkout at `root` that decides what a migrated database holds, as sorted paths below it: what runs the migrations, all that it imports, and
 * what lies beside the migrations, such as SQL.
 */
export function migrationSources(root: string): string[] {
  const found = new Set<string>();
  const add = (path: string): void => {
    if (found.has(path)) return;
    found.add(path);
    if (basename(dirname(path)) === 'migrations') filesBelow(dirname(path)).forEach(add);
    if (!path.endsWith('.ts')) return;
    const resolve = createRequire(pathToFileURL(path));
    for (const [, name = ''] of readFileSync(path, 'utf8').matchAll(imports)) add(resolve.resolve(name));
  };
  for (const path of roots) add(join(root, path));
  return [...found].map((path) => relative(root, path)).toSorted();
}

/** A digest of all of them and of the packages' versions: two checkouts of one digest migrate an empty database to the same one. */
export function migrationsDigest(root: string): string {
  const hash = createHash('sha256');
  for (const path of [...migrationSources(root), 'package-lock.json']) {
    const content = readFileSync(join(root, path));
    hash.update(`${path}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex').slice(0, 16);
}

function filesBelow(folder: string): string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile() && !entry.name.includes('.test.')).map((entry) => join(entry.parentPath, entry.name));
}

import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';

/** Every migration of a checkout, as `service/name`, with a digest of what it holds. */
export type Migrations = Readonly<Record<string, string>>;

/** Reads the migrations of the checkout at `root`: one is a file, or a folder of files, below a service's `migrations`. */
export function readMigrations(root: string): Migrations {
  const services = join(root, 'services');
  const found = readdirSync(services).flatMap((service) => {
    const folder = join(services, service, 'migrations');
    if (!existsSync(folder)) return [];
    const entries = readdirSync(folder).filter((entry) => /^\d/.test(entry) && !entry.includes('.test.'));
    return entries.map((entry) => [`${service}/${entry.replace(/\.ts$/, '')}`, digestOf(join(folder, entry))] as const);
  });
  return Object.fromEntries(found.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function digestOf(path: string): string {
  const hash = createHash('sha256');
  for (const file of filesIn(path)) {
    const content = readFileSync(file);
    hash.update(`${relative(path, file)}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}

function filesIn(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path)
    .toSorted()
    .flatMap((entry) => filesIn(join(path, entry)));
}

/**
 * How a snapshot's migrations stand to those of this checkout: `older` ones are brought up to date by running what is new. Of `newer` and `edited`
 * ones nothing can be made, for migrations go forward only; `names` says which.
 */
export type Standing = { readonly kind: 'same' } | { readonly kind: 'older' | 'newer' | 'edited'; readonly names: readonly string[] };

export function compareMigrations(saved: Migrations, here: Migrations): Standing {
  const unknown = Object.keys(saved).filter((name) => here[name] === undefined);
  if (unknown.length > 0) return { kind: 'newer', names: unknown };
  const edited = Object.keys(saved).filter((name) => here[name] !== saved[name]);
  if (edited.length > 0) return { kind: 'edited', names: edited };
  const missing = Object.keys(here).filter((name) => saved[name] === undefined);
  return missing.length > 0 ? { kind: 'older', names: missing } : { kind: 'same' };
}

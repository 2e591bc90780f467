import type { TwinState } from '../supervisor/state.ts';
import { damagedParts, type Manifest } from './manifest.ts';
import { compareMigrations, type Migrations } from './migrations.ts';
import type { FoundSnapshot } from './store.ts';

/** What of a twin decides whether a snapshot fits it. */
export interface Fitting {
  readonly mode: TwinState['mode'];
  readonly regions: TwinState['regions'];
  readonly postgres: Readonly<Record<string, string>>;
  readonly platform: string;
  readonly migrations: Migrations;
}

/** Throws with why a snapshot is not for this twin, and what to do. Answers whether its migrations are older, so that the new ones have to run. */
export function checkFits({ name, mode, regions, ...manifest }: Manifest, twin: Fitting): { older: boolean } {
  if (mode !== twin.mode) {
    const flag = mode === 'docker' ? ' --docker' : '';
    throw new Error(
      `the snapshot ${name} was saved from a twin that was ${mode}, and this one is ${twin.mode}: their files differ\n  npm run sim:down && npm run sim:up --${flag} --fresh --snapshot ${name}`,
    );
  }
  if (regions.join() !== twin.regions.join()) {
    throw new Error(
      `the snapshot ${name} is of ${regions.join(' and ')}, and this twin runs ${twin.regions.join(' and ')}\n  npm run sim:up   adds the region that is not there`,
    );
  }
  for (const region of regions) {
    const [saved, here] = [manifest.postgres[region], twin.postgres[region]];
    if (saved !== here)
      throw new Error(`the snapshot ${name} is of PostgreSQL ${saved}, and this twin runs PostgreSQL ${here}: its files cannot be read`);
  }
  if (manifest.platform !== twin.platform && mode === 'embedded') {
    throw new Error(`the snapshot ${name} was saved on ${manifest.platform}, and this is ${twin.platform}: its files cannot be read`);
  }
  const standing = compareMigrations(manifest.migrations, twin.migrations);
  if (standing.kind === 'newer') {
    throw new Error(
      `the snapshot ${name} was made with migrations that this checkout does not have (${standing.names.join(', ')}): pull, or check its branch out`,
    );
  }
  if (standing.kind === 'edited') {
    throw new Error(
      `the snapshot ${name} was made before ${standing.names.join(', ')} was edited, and migrations are not run twice: save it anew\n  npm run sim -- snapshot remove ${name}`,
    );
  }
  return { older: standing.kind === 'older' };
}

/** Throws where files of a snapshot are not those that were saved. */
export function checkWhole({ folder, manifest }: FoundSnapshot): void {
  const damaged = damagedParts(folder, manifest);
  if (damaged.length === 0) return;
  throw new Error(
    `the snapshot ${manifest.name} is damaged: ${damaged.join(', ')} is not what was saved\n  npm run sim -- snapshot remove ${manifest.name}`,
  );
}

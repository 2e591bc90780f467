import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkoutDir } from '../paths.ts';
import type { TwinState } from '../supervisor/state.ts';

/** The npm packages that are the embedded components' engines; the others are the project's own stand-ins. */
const engines: Readonly<Record<string, string>> = {
  'world:queue': 'fauxqs',
  'china:queue': 'fauxqs',
  'world:front': 'miniflare',
};

const inDocker: Readonly<Record<string, string>> = {
  'world:postgres': 'postgres:17',
  'china:postgres': 'postgres:17',
  'world:queue': 'localstack 4.14.0',
  'world:secrets': 'localstack 4.14.0',
  'china:queue': 'elasticmq 1.6.16',
  toxiproxy: 'toxiproxy 2.12.0',
};

export interface KindAndVersion {
  readonly kind: 'embedded' | 'docker' | 'attached';
  readonly version: string;
}

/** Where a component is that the user has attached; undefined where the twin has its own. */
export function attachedUrl({ attached }: TwinState, name: string): string | undefined {
  return attached[name === 'mail' ? 'mail:smtp' : name];
}

/** Where a component comes from, and which version it is. */
export function kindAndVersion(name: string, state: TwinState): KindAndVersion {
  if (attachedUrl(state, name) !== undefined) return { kind: 'attached', version: state.versions[name] ?? '' };
  const image = inDocker[name];
  if (state.mode === 'docker' && image !== undefined) return { kind: 'docker', version: image };
  const known = state.versions[name];
  if (known !== undefined) return { kind: 'embedded', version: known };
  const engine = engines[name];
  return { kind: 'embedded', version: engine === undefined ? 'stand-in' : `${engine} ${packageVersion(engine)}` };
}

function packageVersion(name: string): string {
  try {
    const text = readFileSync(join(checkoutDir, 'node_modules', name, 'package.json'), 'utf8');
    return /"version":\s*"([^"]+)"/.exec(text)?.[1] ?? '';
  } catch {
    return '';
  }
}

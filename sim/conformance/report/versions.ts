import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { Type } from 'typebox';
import { Compile } from 'typebox/compile';

import { checkoutDir } from '#sim/paths.ts';
import type { Engine } from '../behaviours/behaviour.ts';
import { composeService } from '../drivers/compose-images.ts';

const Pinned = Type.Optional(Type.Record(Type.String(), Type.String()));
const packageJson = Compile(Type.Object({ dependencies: Pinned, devDependencies: Pinned }));

/** What an engine is and which version of it, from where it is pinned: package.json or compose.yaml. Throws when it is pinned nowhere. */
export function engineText(engine: Engine): string {
  if ('own' in engine) return `\`${engine.own}\` of this repository`;
  if ('compose' in engine) return `${engine.title}, \`${composeService(engine.compose).image}\``;
  const { dependencies = {}, devDependencies = {} } = packageJson.Parse(
    JSON.parse(readFileSync(join(checkoutDir, 'package.json'), 'utf8')),
  );
  const version = dependencies[engine.npm] ?? devDependencies[engine.npm];
  if (version === undefined) throw new Error(`package.json pins no ${engine.npm}: name another engine in sim/conformance/behaviours`);
  return `${engine.title}, \`${engine.npm}@${version}\``;
}

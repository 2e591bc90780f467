import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createRegistry } from './registry.ts';
import { makeTwinFolders, readState, twinPaths, type TwinPaths } from './state.ts';
import { blankState } from './testing/state.ts';

let paths: TwinPaths;
beforeEach(() => {
  paths = twinPaths(mkdtempSync(join(tmpdir(), 'madeinworld-registry-')));
  makeTwinFolders(paths);
});
afterEach(() => rmSync(paths.simDir, { recursive: true, force: true }));

it('what is attached is written down without what its query says, and used with it', () => {
  const registry = createRegistry(paths, { ...blankState, attached: { 'world:postgres': 'postgres://***@db.example/shop?options=***' } });
  registry.setAddress('world:postgres', 'postgres://db.example/shop?options=s3cret');
  registry.setAddress('china:postgres', 'postgres://127.0.0.1:1/madeinworld');
  registry.update({ phase: 'ready' });
  expect(readFileSync(paths.state, 'utf8')).not.toContain('s3cret');
  expect(readState(paths)?.addresses).toEqual({
    'world:postgres': 'postgres://db.example/shop?options=***',
    'china:postgres': 'postgres://127.0.0.1:1/madeinworld',
  });
  expect(registry.address('world:postgres')).toBe('postgres://db.example/shop?options=s3cret');
});

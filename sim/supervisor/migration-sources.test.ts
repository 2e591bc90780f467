import { cpSync, globSync, mkdtempSync, rmSync, appendFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { checkoutDir } from '../paths.ts';
import { migrationsDigest, migrationSources } from './migration-sources.ts';

const root = mkdtempSync(join(tmpdir(), 'madeinworld-sources-'));
afterAll(() => rmSync(root, { recursive: true }));

it('knows every file of every migration, and what they import', () => {
  const sources = migrationSources(checkoutDir);
  const files = globSync('services/**/migrations/**/*.{ts,sql}', { cwd: checkoutDir }).filter((file) => !file.includes('.test.'));
  expect(files.length).toBeGreaterThan(30);
  expect(sources).toEqual(expect.arrayContaining(files));
  expect(sources).toEqual(
    expect.arrayContaining(['services/migrate.ts', 'services/platform/synced-table.ts', 'sim/postgres/provision.ts']),
  );
});

it('gives another digest for any of them that is edited, and the same for what decides nothing', () => {
  const kept = ['services', 'sim/postgres', 'sim/topology', 'sim/paths.ts', 'package.json', 'package-lock.json'];
  for (const path of kept) cpSync(join(checkoutDir, path), join(root, path), { recursive: true });
  const before = migrationsDigest(root);
  expect(before).toBe(migrationsDigest(checkoutDir));
  appendFileSync(join(root, 'services/catalog/app.ts'), '\n');
  expect(migrationsDigest(root)).toBe(before);
  const digests = migrationSources(root).map((path) => {
    appendFileSync(join(root, path), '\n');
    return migrationsDigest(root);
  });
  expect(new Set([before, ...digests]).size).toBe(digests.length + 1);
});

import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { checkoutDir } from '../paths.ts';
import { servicesEnvironment, signInEnvironment } from '../topology/environment.ts';
import { links } from '../topology/links.ts';
import { serviceFlags } from '../topology/node-flags.ts';
import { regions } from '../topology/regions.ts';
import { buildFiles, imageSources, sourceHash } from './image.ts';

describe('the hash of the sources', () => {
  let copy: string;
  beforeEach(() => {
    copy = mkdtempSync(join(tmpdir(), 'madeinworld-sources-'));
    for (const file of [...buildFiles, ...imageSources(checkoutDir)]) cpSync(join(checkoutDir, file), join(copy, file));
  });
  afterEach(() => rmSync(copy, { recursive: true, force: true }));

  const write = (file: string, text: string): void => {
    mkdirSync(dirname(join(copy, file)), { recursive: true });
    writeFileSync(join(copy, file), text);
  };

  it('is the same wherever the sources lie, and whatever lies beside them', () => {
    const before = sourceHash(checkoutDir);
    expect(sourceHash(copy)).toBe(before);
    for (const file of ['services/auth/x.test.ts', 'services/auth/testing/x.ts', 'services/web/x.ts', 'services/edge/x.ts', 'sim/x.ts'])
      write(file, '//');
    expect(sourceHash(copy)).toBe(before);
  });

  it.each([
    'Dockerfile',
    '.dockerignore',
    'package-lock.json',
    'sim/packages/bundle.ts',
    'services/main.ts',
    'services/auth/new.ts',
    'services/sync/migrations/new.sql',
  ])('is another one after a change of %s', (file) => {
    const before = sourceHash(copy);
    write(file, 'changed');
    expect(sourceHash(copy)).not.toBe(before);
  });
});

describe('the entry point of the image', () => {
  it('keeps memory as the twin has services keep it', () => {
    const entry = /^ENTRYPOINT (\[.*\])$/m.exec(readFileSync(join(checkoutDir, 'Dockerfile'), 'utf8'))?.[1] ?? '[]';
    expect(parse(entry)).toEqual(['node', ...serviceFlags, '--import', '/app/bundles/register.mjs', 'services/main.ts']);
  });
});

describe('compose.yaml', () => {
  const { services } = parse(readFileSync(join(checkoutDir, 'compose.yaml'), 'utf8'), { merge: true }) as {
    services: Record<string, { environment?: Record<string, string | null>; profiles?: string[]; image: string }>;
  };
  const addresses = Object.fromEntries(links.map(({ name }) => [name, '127.0.0.1:1']));

  it.each(regions)("passes on the environment of %s's services, all of it by name", (region) => {
    const signIn = signInEnvironment(false, 'http://localhost:1');
    const wanted = Object.keys({ ...servicesEnvironment(region, addresses), ...signIn }).sort();
    const own = services[`${region}-services`]?.environment ?? {};
    expect(Object.keys(own).sort()).toEqual(wanted);
    expect(Object.values(own).every((value) => value === null)).toBe(true);
    expect(services[`${region}-migrate`]?.environment).toEqual({ ...own, SERVICES: 'migrate' });
  });

  it('starts no container of ours unless it is asked to', () => {
    const ours = Object.keys(services).filter((name) => services[name]?.profiles?.includes('apps'));
    expect(ours.sort()).toEqual(['china-migrate', 'china-services', 'world-migrate', 'world-services']);
    for (const [name, { image }] of Object.entries(services)) expect(image.includes('madeinworld')).toBe(ours.includes(name));
  });
});

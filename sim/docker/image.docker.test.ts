import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { checkoutDir } from '../paths.ts';
import { serviceFlags } from '../topology/node-flags.ts';
import { ensureImage, imageSources } from './image.ts';
import { buildByEngine, hasBuildx } from './testing/buildkit.ts';
import { describeWithDocker } from './testing/with-docker.ts';

const run = promisify(execFile);
const docker = async (...args: string[]): Promise<string> => (await run('docker', args, { maxBuffer: 64 * 1024 * 1024 })).stdout;
const listing = "find / -xdev \\( -path /proc -o -path /sys \\) -prune -o -type f -printf '%m %u %p\\n'";

interface LockedPackage {
  readonly dev?: boolean;
  readonly optional?: boolean;
}

function lockedPackages(): [string, LockedPackage][] {
  const lock = JSON.parse(readFileSync(join(checkoutDir, 'package-lock.json'), 'utf8')) as { packages: Record<string, LockedPackage> };
  return Object.entries(lock.packages).filter(([path]) => path !== '');
}

/** The files of the image, as root sees them. */
async function filesOf(image: string): Promise<string[]> {
  const lines = (await docker('run', '--rm', '--user', '0', '--entrypoint', 'sh', image, '-c', listing)).trim().split('\n');
  return lines.map((line) => line.split(' ').slice(2).join(' '));
}

describeWithDocker('the image', () => {
  let image: string;
  let files: string[];
  beforeAll(async () => {
    image = await ensureImage(() => undefined);
    files = await filesOf(image);
  });

  it('is not built again while its sources are the same', async () => {
    const said: string[] = [];
    expect(await ensureImage((line) => said.push(line))).toBe(image);
    expect(said).toEqual([]);
  });

  it('belongs to a user without rights, named by number, and begins with Node itself', async () => {
    const { Config: config } = JSON.parse(await docker('image', 'inspect', '--format', '{{json .}}', image));
    expect(config.User).toMatch(/^[1-9]\d*:[1-9]\d*$/);
    expect(config.Entrypoint).toEqual(['node', ...serviceFlags, '--import', '/app/bundles/register.mjs', 'services/main.ts']);
    expect(config.Labels).toMatchObject({ 'org.opencontainers.image.title': 'madeinworld' });
    expect(config.Env.join('\n')).not.toMatch(/LISTEN_HOST|PASSWORD|SECRET|TOKEN|REGISTRY/i);
  });

  it('gives its user nothing to write to but the folders for anything temporary', async () => {
    const find = 'find / -xdev \\( -path /proc -o -path /sys \\) -prune -o -writable \\( -type f -o -type d \\) -print';
    const writable = (await docker('run', '--rm', '--entrypoint', 'sh', image, '-c', `${find} 2>/dev/null || true`)).trim().split('\n');
    expect(writable.filter((path) => !/^\/(tmp|var\/tmp|run\/lock|home\/node)(\/|$)/.test(path))).toEqual([]);
  });

  it('holds of services what runs, and no test', () => {
    const own = files.filter((file) => file.startsWith('/app/') && !/^\/app\/(node_modules|\.cache|bundles)\//.test(file));
    expect(own.sort()).toEqual(['package.json', ...imageSources(checkoutDir)].map((file) => `/app/${file}`).sort());
    expect(own.filter((file) => /\.test\.|\/testing\//.test(file))).toEqual([]);
    expect(files).toContain('/app/bundles/register.mjs');
  });

  it('has the packages of production and no other', () => {
    const there = new Set(files.flatMap((file) => /^\/app\/(.*node_modules\/(?:@[^/]+\/)?[^/]+)\/package\.json$/.exec(file)?.[1] ?? []));
    const locked = lockedPackages();
    expect(locked.filter(([path, { dev }]) => dev && there.has(path)).map(([path]) => path)).toEqual([]);
    const production = locked.filter(([, { dev, optional }]) => !dev && !optional).filter(([, entry]) => !('devOptional' in entry));
    expect(production.filter(([path]) => !there.has(path)).map(([path]) => path)).toEqual([]);
    expect(production.length).toBeGreaterThan(50);
  });

  it('holds nothing that looks like a secret, no cache of npm and no record of where packages came from', () => {
    const base = /^\/(etc\/ssl|usr|var\/lib\/dpkg|etc\/ca-certificates)\//;
    const secret =
      /\/(\.env[^/]*|\.npmrc|\.netrc|\.git-credentials|id_(rsa|ed25519)[^/]*|[^/]+\.(pem|key|p12|pfx|jks))$|\/\.(aws|ssh|docker|git)\//;
    expect(files.filter((file) => secret.test(file) && !base.test(file))).toEqual([]);
    expect(files.filter((file) => /\/(_cacache|_logs|\.npm)\/|node_modules\/\.package-lock\.json$/.test(file))).toEqual([]);
  });

  it('finds its modules compiled on a read-only root', async () => {
    const entry = "await import('#catalog/start.ts')";
    const options = ['--rm', '--read-only', '--network', 'none', '--env', 'NODE_DEBUG_NATIVE=COMPILE_CACHE', '--entrypoint', 'node'];
    const loaded = ['--import', '/app/bundles/register.mjs', '--input-type=module', '--eval', entry];
    const { stderr } = await run('docker', ['run', ...options, image, ...loaded], {
      maxBuffer: 64 * 1024 * 1024,
    });
    const accepted = stderr.split('\n').filter((line) => /cache for \S+ file:.*was accepted/.test(line));
    const missed = stderr
      .split('\n')
      .filter((line) => /cache for \S+ file:\/\/\/app\/(services|node_modules|bundles)\/.*(rejected|was not initialized)/.test(line));
    expect(accepted.length).toBeGreaterThan(100);
    expect(missed).toEqual([]);
  });

  it('says what SERVICES may name', async () => {
    const ended = run('docker', ['run', '--rm', '--read-only', '--env', 'SERVICES=billing', image]);
    await expect(ended).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/SERVICES names billing; it may name migrate, all, .*auth/),
    });
  });
});

describeWithDocker('the Dockerfile', () => {
  const tag = `madeinworld-test:${process.pid}`;
  afterAll(async () => {
    await docker('image', 'rm', tag).catch(() => undefined);
  });

  // The registry of this machine by another name, so that a trace of it can be told from npm's defaults.
  let traced = '';
  beforeAll(async () => {
    const { stdout } = await run('npm', ['config', 'get', 'registry']);
    traced = `${stdout.trim().replace(/\/$/, '')}/.`;
  });

  /** Builds it as `docker build` does. */
  async function build(buildkit: '0' | '1'): Promise<void> {
    const registry = ['--build-arg', `NPM_CONFIG_REGISTRY=${traced}`];
    const env = { ...process.env, DOCKER_BUILDKIT: buildkit, BUILDKIT_PROGRESS: 'plain' };
    await run('docker', ['build', '--network', 'host', ...registry, '--tag', tag, checkoutDir], { env, maxBuffer: 64 * 1024 * 1024 });
  }

  /** That neither the image nor its layers tell of the registry, nor any of its files. */
  async function expectNoTrace(): Promise<void> {
    const told = `${await docker('history', '--no-trunc', tag)}${await docker('image', 'inspect', tag)}`;
    expect(told).not.toContain('NPM_CONFIG_REGISTRY');
    expect(told).not.toContain(new URL(traced).host);
    const grep = ['run', '--rm', '--user', '0', '--entrypoint', 'grep', tag, '-rlF', traced, '/app', '/root', '/home'];
    await expect(run('docker', grep)).rejects.toMatchObject({ code: 1, stdout: '' });
  }

  it('builds without BuildKit, and keeps no trace of the registry', async () => {
    await build('0');
    await expectNoTrace();
  });

  it('builds with BuildKit, and keeps no trace of the registry', async () => {
    await (hasBuildx() ? build('1') : buildByEngine(tag, { NPM_CONFIG_REGISTRY: traced }));
    await expectNoTrace();
  });
});

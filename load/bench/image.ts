import { execFile, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

import { ensureImage } from '#sim/docker/image.ts';
import { startScene, type ServicesScene } from '#sim/docker/testing/scene.ts';

import { median } from './quantile.ts';

const STARTS = 5;
const run = promisify(execFile);
const print = (line: string): void => void process.stdout.write(`${line}\n`);

/** What a start takes: until the services are ready, and of that until the process began, which is Docker's own. */
interface Start {
  readonly readyMs: number;
  readonly dockerMs: number;
}

function containerArguments(scene: ServicesScene, image: string, services: string): string[] {
  const environment = { ...scene.environment, SERVICES: services };
  const passed = Object.entries(environment).flatMap(([name, value]) =>
    name.startsWith('POSTGRES_') ? [] : ['--env', `${name}=${value}`],
  );
  return ['run', '--rm', '--init', '--network', 'host', '--read-only', '--tmpfs', '/tmp', '--cap-drop', 'ALL', ...passed, image];
}

async function start(scene: ServicesScene, image: string): Promise<Start> {
  const name = `madeinworld-bench-${process.pid}`;
  const startedMs = performance.now();
  const startedAtMs = Date.now();
  const [command = '', ...args] = containerArguments(scene, image, 'auth,catalog,sync');
  const child = spawn('docker', [command, '--name', name, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const readyMs = await new Promise<number>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line.includes('"event":"ready"')) resolve(performance.now() - startedMs);
    });
    void ended.then(() => reject(new Error('the container ended before it was ready')));
  });
  const { stdout } = await run('docker', ['inspect', '--format', '{{.State.StartedAt}}', name]);
  await run('docker', ['stop', '--time', '30', name]);
  await ended;
  return { readyMs, dockerMs: Date.parse(stdout.trim()) - startedAtMs };
}

/** Starts the image five times beside a real Postgres and the stand-ins of the cloud, and prints the medians and the image's size. */
export async function benchImage(args: readonly string[]): Promise<void> {
  if (args.length > 0) throw new Error(`image takes no arguments, not ${args.join(' ')}`);
  const image = await ensureImage(print);
  const scene = await startScene();
  try {
    await run('docker', containerArguments(scene, image, 'migrate'));
    const starts: Start[] = [];
    for (let n = 0; n < STARTS; n += 1) starts.push(await start(scene, image));
    const medianOf = (values: number[]): string => `${median(values).toFixed(0)} ms`.padStart(8);
    print(`median of ${STARTS} starts of auth, catalog and sync in one container`);
    print(`docker run until ready     ${medianOf(starts.map(({ readyMs }) => readyMs))}`);
    print(`  Docker's own             ${medianOf(starts.map(({ dockerMs }) => dockerMs))}`);
    print(`  the process until ready  ${medianOf(starts.map(({ readyMs, dockerMs }) => readyMs - dockerMs))}`);
  } finally {
    await scene.stop();
  }
  const { stdout } = await run('docker', ['image', 'inspect', '--format', '{{.Size}}', image]);
  const size = Number(stdout);
  const base = Number((await run('docker', ['image', 'inspect', '--format', '{{.Size}}', 'node:24-trixie-slim'])).stdout);
  const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`;
  print(`image                      ${megabytes(size).padStart(8)}, of which ${megabytes(size - base)} are ours`);
}

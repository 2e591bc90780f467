import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { readAnnouncement } from '../supervisor/announcement.ts';
import { domainServices, listeners } from '../topology/regions.ts';
import { composeProject } from './compose.ts';
import { ensureImage } from './image.ts';
import { startScene, type ServicesScene } from './testing/scene.ts';
import { describeWithDocker } from './testing/with-docker.ts';

const run = promisify(execFile);
const launcher = fileURLToPath(new URL('./app-container.ts', import.meta.url));
const patient = { timeout: 60_000, interval: 100 };

interface Launched {
  readonly child: ChildProcess;
  readonly urls: ReadonlyMap<string, string>;
  readonly ready: Promise<void>;
  readonly ended: Promise<number | null>;
  readonly output: () => string;
}

describeWithDocker('the launcher of a container', () => {
  let scene: ServicesScene;
  const launched: Launched[] = [];

  beforeAll(async () => {
    await ensureImage(() => undefined);
    scene = await startScene();
  });
  afterEach(async () => {
    for (const { child, ended } of launched.splice(0)) {
      child.kill('SIGTERM');
      await ended;
    }
  });
  afterAll(() => scene.stop());

  function launch(process_: string, changed: Record<string, string> = {}): Launched {
    const child = spawn(process.execPath, [launcher, '--sim-dir', scene.simDir, '--service', process_], {
      env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...scene.environment, ...changed },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const urls = new Map<string, string>();
    let output = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text));
    const ended = once(child, 'close').then(() => child.exitCode);
    const ready = new Promise<void>((resolve, reject) => {
      createInterface({ input: child.stdout }).on('line', (line) => {
        output += `${line}\n`;
        const said = readAnnouncement(line);
        if (said?.event === 'listening') urls.set(said.name, said.url);
        if (said?.event === 'ready') resolve();
      });
      void ended.then((code) => reject(new Error(`ended with ${code}: ${output}`)));
    });
    ready.catch(() => undefined);
    const one = { child, urls, ready, ended, output: () => output };
    launched.push(one);
    return one;
  }

  /** The containers of ours that are there, running or not. */
  async function containers(): Promise<string[]> {
    const filter = `label=com.docker.compose.project=${composeProject(scene.simDir)}`;
    const { stdout } = await run('docker', ['ps', '--all', '--filter', filter, '--format', '{{.Names}}']);
    return stdout.split('\n').filter((name) => /-(services|migrate)$/.test(name));
  }
  const nameOf = (process_: string): string => `${composeProject(scene.simDir)}-${process_}`;

  it('migrates, serves beside a real Postgres, and ends with code 0 at SIGTERM', async () => {
    expect(await launch('world-migrate').ended).toBe(0);

    const services = launch('world-services');
    await services.ready;
    expect([...services.urls.keys()].sort()).toEqual([...Object.keys(listeners), 'sync-metrics'].sort());
    for (const { name } of domainServices) {
      await vi.waitFor(async () => expect((await fetch(`${services.urls.get(name)}/readyz`)).status).toBe(200), patient);
    }
    const { stdout } = await run('docker', ['inspect', '--format', '{{json .HostConfig}}', nameOf('world-services')]);
    expect(JSON.parse(stdout)).toMatchObject({
      ReadonlyRootfs: true,
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges:true'],
      NetworkMode: 'host',
    });

    services.child.kill('SIGTERM');
    expect(await services.ended).toBe(0);
    expect(services.output()).toContain('"stopping"');
    expect(await containers()).toEqual([]);
  });

  it('passes on the exit code of what fails, and its words', async () => {
    const unknown = launch('world-services', { SERVICES: 'billing' });
    expect(await unknown.ended).toBe(1);
    expect(unknown.output()).toContain('SERVICES names billing');
    expect(await containers()).toEqual([]);
  });

  it('removes what a killed launcher has left behind', async () => {
    expect(await launch('world-migrate').ended).toBe(0);
    const first = launch('world-services');
    await first.ready;
    first.child.kill('SIGKILL');
    expect(await containers()).toEqual([nameOf('world-services')]);
    const { stdout: before } = await run('docker', ['inspect', '--format', '{{.Id}}', nameOf('world-services')]);

    const second = launch('world-services');
    await second.ready;
    const { stdout: after } = await run('docker', ['inspect', '--format', '{{.Id}}', nameOf('world-services')]);
    expect(after).not.toBe(before);
    second.child.kill('SIGTERM');
    expect(await second.ended).toBe(0);
    expect(await containers()).toEqual([]);
  });

  it('leaves no container when it is told to end before there is one', async () => {
    const early = launch('world-services');
    await vi.waitFor(async () => expect(await containers()).toHaveLength(1), { ...patient, interval: 5 });
    early.child.kill('SIGTERM');
    expect(await early.ended).not.toBeNull();
    expect(await containers()).toEqual([]);
  });
});

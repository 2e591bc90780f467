import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ensureSecrets } from '../supervisor/secrets.ts';
import { makeTwinFolders, twinPaths } from '../supervisor/state.ts';
import { composeProject } from './compose.ts';
import { describeWithDocker } from './testing/with-docker.ts';
import { watchContainers, type ContainerChange } from './watch.ts';

const run = promisify(execFile);
const patient = { timeout: 120_000, interval: 100 };

describeWithDocker('the Docker driver', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'madeinworld-driver-'));
  });
  afterEach(async () => {
    const project = composeProject(join(folder, 'sim'));
    await run('docker', ['volume', 'rm', '--force', `${project}_world-postgres`, `${project}_china-postgres`]);
    rmSync(folder, { recursive: true, force: true });
  });

  /** The driver's last line where it cannot start. */
  async function lastLine(env: Record<string, string>): Promise<string> {
    const paths = twinPaths(join(folder, 'sim'));
    makeTwinFolders(paths);
    ensureSecrets(paths);
    const child = spawn(process.execPath, [fileURLToPath(new URL('./main.ts', import.meta.url)), '--sim-dir', paths.simDir], {
      env: { ...process.env, TESTCONTAINERS_RYUK_DISABLED: 'true', ...env },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let text = '';
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    const [code] = await once(child, 'close');
    expect(code).toBe(1);
    return text.trim().split('\n').at(-1) ?? '';
  }

  it('says last what is wrong where no daemon answers', async () => {
    const host = `unix://${join(folder, 'none.sock')}`;
    expect(await lastLine({ DOCKER_HOST: host })).toMatch(
      /^The Docker daemon is not running: nothing answers at unix:.*none\.sock\. Start it/,
    );
  });

  it('keeps the databases where the containers cannot be started', async () => {
    const { stdout } = await run('sh', ['-c', 'command -v docker']);
    const refusal = 'Error response from daemon: no space left on device';
    const script = `#!/bin/sh\ncase " $* " in *' up '*) echo "${refusal}" >&2; exit 1;; esac\nexec ${stdout.trim()} "$@"\n`;
    writeFileSync(join(folder, 'docker'), script, { mode: 0o755 });
    const project = composeProject(join(folder, 'sim'));
    const database = `${project}_world-postgres`;
    await run('docker', ['volume', 'create', database]);
    await run('docker', ['run', '--rm', '-v', `${database}:/data`, '--entrypoint', 'touch', 'postgres:17', '/data/kept']);
    expect(await lastLine({ PATH: `${folder}:${process.env['PATH']}` })).toMatch(/^Docker's disk is full/);
    const found = await run('docker', ['run', '--rm', '-v', `${database}:/data`, '--entrypoint', 'ls', 'postgres:17', '/data']);
    expect(found.stdout).toBe('kept\n');
  });

  it('says last what is wrong where Compose is missing', async () => {
    const { stdout } = await run('sh', ['-c', 'command -v docker']);
    const refusal = "docker: unknown command: docker compose\n\nRun 'docker --help' for more information";
    const script = `#!/bin/sh\nif [ "$1" = compose ]; then echo "${refusal}" >&2; exit 1; fi\nexec ${stdout.trim()} "$@"\n`;
    writeFileSync(join(folder, 'docker'), script, { mode: 0o755 });
    expect(await lastLine({ PATH: `${folder}:${process.env['PATH']}` })).toMatch(/^Docker is there, but not its plugin Compose v2/);
  });
});

describeWithDocker('the watch over containers', () => {
  const project = `madeinworld-watch-${process.pid}`;
  const container = `${project}-db-1`;
  let folder: string;
  let changes: ContainerChange[];
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'madeinworld-watch-'));
    changes = [];
    const labels = [`com.docker.compose.project=${project}`, 'com.docker.compose.service=db', 'com.docker.compose.oneoff=False'];
    const options = ['--detach', '--name', container, ...labels.flatMap((label) => ['--label', label])];
    await run('docker', ['run', ...options, '--network', 'none', '--entrypoint', 'sleep', 'postgres:17', '600']);
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    await run('docker', ['rm', '--force', container]);
    rmSync(folder, { recursive: true, force: true });
  });

  const states = (): string[] => changes.map(({ service, state }) => `${service} ${state}`);
  const watch = (onLost: () => void): { close(): void } =>
    watchContainers({ project, healthChecked: new Set(), onChange: (change) => void changes.push(change), onLost }, Date.now() / 1000);

  it('tells that one died and that it is back', async () => {
    const watching = watch(() => undefined);
    try {
      await run('docker', ['kill', container]);
      await vi.waitFor(() => expect(states()).toEqual(['db exited']), patient);
      expect(changes[0]).toHaveProperty('detail', expect.stringContaining('137'));
      await run('docker', ['start', container]);
      await vi.waitFor(() => expect(states()).toEqual(['db exited', 'db running']), patient);
    } finally {
      watching.close();
    }
  });

  it('tells that the engine is lost, and what runs when it is back', async () => {
    const { stdout } = await run('docker', ['context', 'inspect', '--format', '{{.Endpoints.docker.Host}}']);
    const engine = (process.env['DOCKER_HOST'] ?? stdout).trim().replace(/^unix:\/\//, '');
    const socket = join(folder, 'docker.sock');
    const open = new Set<Socket>();
    const relay = createServer((client) => {
      const server = connect(engine);
      for (const end of [client, server]) open.add(end.on('error', () => undefined).on('close', () => open.delete(end)));
      client.pipe(server).pipe(client);
    });
    await once(relay.listen(socket), 'listening');
    vi.stubEnv('DOCKER_HOST', `unix://${socket}`);
    let lost = 0;
    const watching = watch(() => (lost += 1));
    try {
      await vi.waitFor(() => expect(open.size).toBeGreaterThan(0), patient);
      relay.close();
      for (const end of open) end.destroy();
      await vi.waitFor(() => expect(lost).toBe(1), patient);
      rmSync(socket, { force: true });
      await once(relay.listen(socket), 'listening');
      await vi.waitFor(() => expect(states()).toEqual(['db running']), patient);
    } finally {
      watching.close();
      for (const end of open) end.destroy();
      relay.close();
    }
  });
});

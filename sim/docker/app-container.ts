import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { constants } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { checkoutDir } from '../paths.ts';
import { composeFile, composeProject } from './compose.ts';
import { withAdvice } from './diagnose.ts';
import { ensureImage } from './image.ts';

/**
 * Runs a process of ours in a container of the product's image, in place of `node services/main.ts`: the same environment, the same lines on stdout, the same
 * end at SIGTERM, the same exit code. The container is gone when this ends; what a killed launcher has left behind is removed at the next start.
 */
const run = promisify(execFile);
const services = ['world-services', 'world-migrate', 'china-services', 'china-migrate'];
const { values } = parseArgs({ options: { 'sim-dir': { type: 'string' }, service: { type: 'string' }, name: { type: 'string' } } });
const { 'sim-dir': simDir, service = '', name = service } = values;
if (simDir === undefined || !services.includes(service) || !/^[a-z][a-z-]*$/.test(name)) {
  process.stderr.write(`usage: app-container.ts --sim-dir DIR --service ${services.join('|')} [--name NAME]\n`);
  process.exit(2);
}
const project = composeProject(simDir);
// One service of compose.yaml may run several times, each with other SERVICES.
const container = `${project}-${name}`;
const stop = new AbortController();
/** Above the services' own limit for draining. */
const graceSeconds = 30;
let running: ChildProcess | undefined;

process.once('SIGTERM', () => {
  // Later ones change nothing: the container has been told, and is killed where that does not help.
  process.on('SIGTERM', () => undefined);
  if (running === undefined) return stop.abort();
  // Told to end, Compose would not wait for the container and its exit code. Only where there is none yet it is the one to tell.
  stopContainer().catch(() => running?.kill('SIGTERM'));
});
// Ctrl-C in a terminal reaches Compose as well, which then ends the container.
process.on('SIGINT', () => undefined);

/** Throws where the container does not run. */
async function stopContainer(): Promise<void> {
  const { stdout } = await run('docker', ['inspect', '--format', '{{.State.Running}}', container]);
  if (stdout.trim() !== 'true') throw new Error(`${container} does not run`);
  await run('docker', ['stop', '--time', String(graceSeconds), container]);
}

async function removeContainer(): Promise<void> {
  await run('docker', ['rm', '--force', container]).catch((error: unknown) => {
    if (!/no such container|is already in progress/i.test(String(error))) throw error;
  });
}

async function runContainer(image: string): Promise<number> {
  const args = ['compose', '--project-name', project, '--file', join(checkoutDir, composeFile)];
  const command = ['run', '--rm', '--no-deps', '--no-TTY', '--quiet-pull', '--name', container, service];
  const env = { ...process.env, MADEINWORLD_IMAGE: image, COMPOSE_IGNORE_ORPHANS: 'true', COMPOSE_PROGRESS: 'quiet' };
  const child = spawn('docker', [...args, ...command], { env, stdio: ['ignore', 'inherit', 'inherit'] });
  running = child;
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
  });
}

async function main(): Promise<number> {
  await removeContainer();
  const image = await ensureImage((msg) => process.stdout.write(`${JSON.stringify({ msg })}\n`), { signal: stop.signal });
  stop.signal.throwIfAborted();
  const code = await runContainer(image);
  await removeContainer();
  return code;
}

process.exitCode = await main().catch((error: unknown) => {
  if (stop.signal.aborted) return 128 + constants.signals.SIGTERM;
  const text = error instanceof Error ? error.message : String(error);
  process.stderr.write(`${withAdvice(text)}\n`);
  return 1;
});

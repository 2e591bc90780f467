import { randomBytes } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { attachAll, shownAttachments } from '../attach/attach.ts';
import { readAttachments } from '../attach/attachments.ts';
import { releaseCloud } from '../faults/cloud-control.ts';
import { ensureAdminPanel, lookAtAdminPanel } from './admin-panel.ts';
import { baseEnvironment } from './commands.ts';
import { howItEnded } from './child.ts';
import { serveControl, type ControlServer } from './control.ts';
import { faultContainer } from './fault-container.ts';
import { createFaultRequests } from './fault-requests.ts';
import { createFaults } from './faults.ts';
import { createFreezer } from './freeze.ts';
import { tryLock } from './lock.ts';
import { identify } from './process-identity.ts';
import { createRegistry, ProcessFailure } from './registry.ts';
import { affectedBy } from './reload/affected.ts';
import { createReloader } from './reload/reload.ts';
import { checkTypes } from './reload/types.ts';
import { watchFiles } from './reload/watch.ts';
import { checkoutDir } from '../paths.ts';
import { cloudControl, processesIn } from '../topology/processes.ts';
import { ensureSecrets } from './secrets.ts';
import { createSnapshots } from './snapshots.ts';
import { makeTwinFolders, twinPaths, writeWhole } from './state.ts';
import type { Region } from '../topology/regions.ts';
import { createTwin } from './twin.ts';

/** The supervisor: a process of its own that owns everything the twin runs, until it is told to stop. */
const { values } = parseArgs({
  options: {
    'sim-dir': { type: 'string' },
    mode: { type: 'string', default: 'embedded' },
    region: { type: 'string' },
    split: { type: 'boolean', default: false },
    image: { type: 'boolean', default: false },
    'second-factor': { type: 'boolean', default: false },
    'no-watch': { type: 'boolean', default: false },
  },
});
const simDir = values['sim-dir'];
if (simDir === undefined) {
  process.stderr.write(
    'usage: main.ts --sim-dir DIR [--mode embedded|docker] [--region world] [--split] [--image] [--second-factor] [--no-watch]\n',
  );
  process.exit(2);
}

const startedMs = performance.now();
const paths = twinPaths(simDir);
makeTwinFolders(paths);
const unlock = tryLock(paths.lock);
if (unlock === undefined) {
  process.stderr.write('another supervisor runs this twin already\n');
  process.exit(3);
}
const self = identify(process.pid);
const marker = `MADEINWORLD_TWIN=${randomBytes(12).toString('hex')}`;
writeFileSync(paths.marker, `${marker}\n`, { mode: 0o600 });
const attachments = readAttachments(process.env);
const registry = createRegistry(paths, {
  mode: values.mode === 'docker' ? 'docker' : 'embedded',
  split: values.split,
  image: values.image,
  secondFactor: values['second-factor'],
  marker,
  attached: shownAttachments(attachments),
  skews: {},
  ended: {},
  detours: {},
  faults: [],
  reload: null,
  regions: values.region === 'world' ? ['world'] : ['world', 'china'],
  phase: 'starting',
  startedAt: new Date().toISOString(),
  readyAfterMs: null,
  supervisor: self,
  processes: [],
  addresses: {},
  versions: {},
  links: {},
  adminPanel: 'waiting',
  progress: [],
  failure: null,
});
const environment = baseEnvironment(marker, process.env);
const faults = createFaults(registry, report);
const twin = createTwin({
  paths,
  registry,
  environment,
  onDeath: reportDeath,
  onAnnounced,
  onReady: (name, signal) => faults.inherit(name, ({ ready }) => ready && (() => ready(signal))),
  onNamed: (name) => faults.inherit(name, ({ named }) => named),
});
const freezer = createFreezer(registry, (name) => faultContainer(name, { paths, registry, twin }));
const requests = createFaultRequests({ paths, registry, twin, faults, freezer });
const snapshots = createSnapshots({ paths, registry, twin, faults, requests, freezer, report });
let control: ControlServer | undefined;
let stopped: Promise<void> | undefined;
let stopWatching = (): void => undefined;

function report(text: string): void {
  process.stdout.write(`${new Date().toISOString()} ${text}\n`);
}

function reportDeath(name: string): void {
  const found = registry.state.processes.find((candidate) => candidate.name === name);
  report(`${name} ended ${howItEnded(found?.exitCode ?? null, found?.signal ?? null)} without having been told to`);
}

/** Faults that a process kept in its memory are put in force again where it begins anew; what it held back for that goes on. */
async function onAnnounced(address: string): Promise<void> {
  await faults.restore(address);
  const url = registry.address(address);
  if (address === cloudControl('china') && url !== undefined) await releaseCloud(url);
}

/** From the beginning, for what is saved while the twin starts may have been loaded before that: it is served as soon as the twin is ready. */
async function watchServices(started: Promise<void>): Promise<void> {
  if (values['no-watch'] || values.image) return;
  const specs = processesIn(registry.state);
  const reloader = createReloader({ registry, twin, specs, checkTypes, nowMs: Date.now, report, started });
  const concerns = (file: string): boolean => affectedBy([file], specs).processes.length > 0;
  const watch = await watchFiles(join(checkoutDir, 'services'), concerns, (files) => reloader.changed(files));
  stopWatching = () => {
    watch.close();
    reloader.stop();
  };
  if (stopped !== undefined) stopWatching();
}

function stop(): Promise<void> {
  stopped ??= (async () => {
    stopWatching();
    if (registry.state.phase !== 'failed') registry.update({ phase: 'stopping' });
    faults.stop();
    await snapshots.stop();
    await twin.stop();
    if (registry.state.phase !== 'failed') registry.update({ phase: 'stopped' });
    rmSync(paths.supervisor, { force: true });
    report('stopped');
  })();
  return stopped;
}

function exitSoon(code: number): void {
  process.exitCode = code;
  // The answer to whoever asked for the stop is still on its way out.
  setImmediate(() => control?.close());
  unlock?.();
}

async function start(): Promise<void> {
  ensureSecrets(paths);
  await attachAll({ paths, registry, attachments, environment: process.env });
  await Promise.all([twin.start(), lookAtAdminPanel(registry)]);
  registry.update({ phase: 'ready', readyAfterMs: Math.round(performance.now() - startedMs) });
  report(`ready after ${registry.state.readyAfterMs} ms`);
}

function failureOf(error: unknown): { name: string; reason: string; logFile: string } {
  return error instanceof ProcessFailure
    ? { name: error.processName, reason: error.message, logFile: error.logFile }
    : { name: 'supervisor', reason: error instanceof Error ? error.message : String(error), logFile: paths.log('supervisor') };
}

/** Adds China to a world that runs alone. What fails is told to whoever waits for it; the world runs on. */
function add(region: Region): void {
  if (registry.state.phase !== 'ready' || registry.state.regions.includes(region)) return;
  registry.update({ phase: 'starting', failure: null, progress: [] });
  const beganMs = performance.now();
  twin.add(region).then(
    () => {
      registry.update({ phase: 'ready', readyAfterMs: Math.round(performance.now() - beganMs) });
      report(`${region} added after ${registry.state.readyAfterMs} ms`);
    },
    (error: unknown) => {
      if (stopped !== undefined) return;
      const failure = failureOf(error);
      report(`${region} could not be added: ${failure.name} ${failure.reason}`);
      registry.update({ phase: 'ready', failure });
    },
  );
}

async function fail(error: unknown): Promise<void> {
  if (stopped !== undefined) return;
  const failure = failureOf(error);
  report(`failed: ${failure.name} ${failure.reason}`);
  registry.update({ phase: 'failed', failure });
  await stop();
  exitSoon(1);
}

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => {
    stop().then(
      () => exitSoon(0),
      (error: unknown) => {
        report(`could not stop: ${String(error)}`);
        exitSoon(1);
      },
    );
  });
}

const token = randomBytes(24).toString('base64url');
control = await serveControl(token, {
  state: async () => {
    await faults.refresh();
    return registry.state;
  },
  stop: async () => {
    await stop();
    exitSoon(0);
  },
  restart: (name, rolling) => (rolling ? twin.reload(name) : twin.restart(name)),
  add,
  addFaults: requests.add,
  healFaults: requests.heal,
  saveSnapshot: (request, signal) => snapshots.save(request, signal),
  loadSnapshot: (request, signal) => snapshots.load(request, signal),
});
writeWhole(paths.supervisor, { ...self, url: control.url, token }, 0o600);
try {
  const started = start();
  await Promise.all([started, watchServices(started)]);
  await ensureAdminPanel({ paths, registry, environment }, () => twin.contextOf('admin-build')).catch((error: unknown) =>
    report(`the admin panel could not be built: ${error instanceof Error ? error.message : String(error)}`),
  );
} catch (error) {
  await fail(error);
}

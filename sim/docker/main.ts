import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { DockerComposeEnvironment, Wait, type StartedDockerComposeEnvironment } from 'testcontainers';
import { checkoutDir } from '../paths.ts';
import { twinPaths } from '../supervisor/state.ts';
import { composeDown, composeEnvironment, composeFile, composeProject, createVolumes } from './compose.ts';
import { diagnose } from './diagnose.ts';
import { createOffers, type Offer } from './offers.ts';
import { probeDocker } from './probe.ts';
import { tellingWait } from './waits.ts';
import { watchContainers, type ContainerChange } from './watch.ts';

/** The Docker driver: a child that runs the containers of compose.yaml, announces them and what becomes of them, and takes them down on SIGTERM. */
const { values } = parseArgs({
  options: { 'sim-dir': { type: 'string' }, without: { type: 'string', multiple: true, default: [] } },
});
const simDir = values['sim-dir'];
if (simDir === undefined) {
  process.stderr.write('usage: main.ts --sim-dir DIR [--without COMPONENT]...\n');
  process.exit(2);
}
// compose.yaml publishes on 127.0.0.1. Where Testcontainers finds itself in a container, it would look for the ports on the bridge's gateway.
process.env['TESTCONTAINERS_HOST_OVERRIDE'] ??= '127.0.0.1';
const settledWithinMs = 30_000;
const paths = twinPaths(simDir);
const project = composeProject(simDir);
const say = (line: Readonly<Record<string, string>>): boolean => process.stdout.write(`${JSON.stringify(line)}\n`);
/** What the user has attached is not taken from a container. */
const without = new Set(values.without);
const announce = (name: string, url: string): void => {
  if (!without.has(name)) say({ event: 'listening', name, url });
};
const complain = (text: string): boolean => process.stderr.write(`${text}\n`);

const waits = {
  'world-postgres': Wait.forHealthCheck(),
  'china-postgres': Wait.forHealthCheck(),
  // Its health check is asked every second only.
  localstack: Wait.forHttp('/_localstack/health', 4566),
  elasticmq: Wait.forHttp('/', 9324).forStatusCodeMatching(() => true),
  toxiproxy: Wait.forLogMessage(/Starting Toxiproxy|Starting HTTP server/),
};

/** Starts the containers and offers each as soon as it is ready; returns when all are offered. Throws the first failure, and leaves what has started. */
async function startContainers(
  offers: Readonly<Record<string, Offer>>,
  environment: Record<string, string>,
): Promise<StartedDockerComposeEnvironment> {
  const services = Object.keys(offers);
  const composed = new DockerComposeEnvironment(checkoutDir, composeFile)
    .withProjectName(project)
    .withEnvironment(environment)
    // LocalStack takes a minute and more on a machine that is busy; the supervisor waits longer than this.
    .withStartupTimeout(240_000);
  const { promise: failure, reject: failed } = Promise.withResolvers<never>();
  const ready = async (service: string): Promise<void> => offers[service]?.offer();
  for (const [service, wait] of Object.entries(waits)) {
    if (services.includes(service)) composed.withWaitStrategy(`${service}-1`, tellingWait(service, wait, { ready, failed }));
  }
  await createVolumes(project);
  // A container's failure is told before `up` returns, which waits for all of them.
  return Promise.race([failure, composed.up(services)]);
}

async function main(): Promise<void> {
  const environment = await composeEnvironment(paths);
  say({ msg: 'starting the containers', project });
  const all = createOffers({ paths, project, environment, announce });
  const offers = Object.fromEntries(Object.entries(all).filter(([, { components }]) => components.some((name) => !without.has(name))));
  const services = Object.keys(offers);
  const started = await startContainers(offers, environment);
  const startedAt = Date.now() / 1000;

  const component = (service: string, state: 'exited' | 'running', detail?: string): void => {
    for (const name of offers[service]?.components ?? []) say({ event: 'component', name, state, ...(detail !== undefined && { detail }) });
  };
  const down = new Set<string>();
  async function changed(change: ContainerChange): Promise<void> {
    if (change.state === 'exited') {
      down.add(change.service);
      return component(change.service, 'exited', change.detail);
    }
    // One that was paused is healthy again, and has forgotten nothing.
    if (!down.delete(change.service)) return;
    // It may have another port now, and have forgotten what was in it.
    await offerAgain(change.service);
    component(change.service, 'running');
  }
  /** A snapshot's database has the passwords of the snapshot until they are set, and whoever sets them does it while this does. */
  async function offerAgain(service: string): Promise<void> {
    for (const endMs = performance.now() + settledWithinMs; ; await sleep(200)) {
      try {
        return await offers[service]?.offer();
      } catch (error) {
        if (performance.now() > endMs) throw error;
      }
    }
  }
  async function lost(): Promise<void> {
    const detail = diagnose('', await probeDocker()) ?? 'the Docker engine no longer answers';
    for (const service of services) {
      down.add(service);
      component(service, 'exited', detail);
    }
  }

  const watch = watchContainers(
    {
      project,
      healthChecked: new Set(['world-postgres', 'china-postgres', 'localstack']),
      onChange: (change) =>
        void changed(change).catch((error: unknown) => {
          complain(`${change.service} is back, but is of no use: ${String(error)}`);
          component(change.service, 'exited', String(error));
        }),
      onLost: () => void lost(),
    },
    startedAt,
  );
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      watch.close();
      started.down({ removeVolumes: false }).then(
        () => process.exit(0),
        async (error: unknown) => {
          complain(`the containers could not be taken down: ${String(error)}`);
          await explain(error);
          process.exit(1);
        },
      );
    });
  }
  say({ event: 'ready' });
  // Nothing else would keep this process, and it is the containers' owner until it is told to stop.
  setInterval(() => undefined, 3_600_000);
}

/** The last line that this process writes says what is wrong and what to do. */
async function explain(error: unknown): Promise<void> {
  const text = error instanceof Error ? error.message : String(error);
  complain(diagnose(text, await probeDocker()) ?? text.trim().replaceAll('\n', '; '));
}

main().catch(async (error: unknown) => {
  complain(error instanceof Error ? (error.stack ?? error.message) : String(error));
  // What did start is of no use alone. Where that fails too, it is for the same reason.
  await composeDown(paths.simDir, { volumes: false }).catch(() => undefined);
  await explain(error);
  process.exit(1);
});

import { LocalstackContainer } from '@testcontainers/localstack';
import { PostgreSqlContainer } from '@testcontainers/postgresql';
import { GenericContainer, Wait, type StartedTestContainer } from 'testcontainers';

import { PortTaken, untilToxiproxy } from '#sim/docker/toxiproxy-ready.ts';
import { portTries, randomPort } from '#sim/topology/ports.ts';
import { composeService, type ComposeService } from './compose-images.ts';
import { runLabel } from './run-label.ts';
import type { Run } from './run.ts';

type Bindings = Record<string, { HostPort?: string; HostIp?: string }[]>;

/** Testcontainers publishes on every interface and has no setting for it; the bindings are there, unlike their address. */
function bindToLoopback(hostConfig: { PortBindings?: unknown }): void {
  const bindings: Bindings = Object.fromEntries(
    Object.keys(hostConfig.PortBindings ?? {}).map((port) => [port, [{ HostIp: '127.0.0.1', HostPort: '0' }]]),
  );
  hostConfig.PortBindings = bindings;
}

class LoopbackContainer extends GenericContainer {
  protected override async beforeContainerCreated(): Promise<void> {
    bindToLoopback(this.hostConfig);
  }
}

class LoopbackPostgres extends PostgreSqlContainer {
  protected override async beforeContainerCreated(): Promise<void> {
    bindToLoopback(this.hostConfig);
  }
}

class LoopbackLocalStack extends LocalstackContainer {
  protected override async beforeContainerCreated(): Promise<void> {
    await super.beforeContainerCreated();
    bindToLoopback(this.hostConfig);
  }
}

function prepared<Container extends GenericContainer>(container: Container, service: ComposeService, run: Run): Container {
  container
    .withLabels({ [runLabel]: run.folder })
    .withEnvironment({ ...service.environment })
    .withStartupTimeout(400_000);
  if (service.command.length > 0) container.withCommand([...service.command]);
  return container;
}

/** LocalStack as compose.yaml has it; answers its endpoint. */
export async function startLocalStack(run: Run): Promise<{ readonly url: string; readonly container: StartedTestContainer }> {
  const service = composeService('localstack');
  const container = await prepared(new LoopbackLocalStack(service.image), service, run).start();
  return { url: `http://127.0.0.1:${container.getPort()}`, container };
}

/** ElasticMQ as compose.yaml has it; there is no module of Testcontainers for it. */
export async function startElasticMq(run: Run): Promise<{ readonly url: string; readonly container: StartedTestContainer }> {
  const service = composeService('elasticmq');
  const container = await prepared(new LoopbackContainer(service.image), service, run)
    .withExposedPorts(...service.ports)
    .withWaitStrategy(Wait.forListeningPorts())
    .start();
  return { url: `http://127.0.0.1:${container.getFirstMappedPort()}`, container };
}

/** PostgreSQL as compose.yaml has it, with a password of the run's own. */
export async function startPostgresContainer(run: Run, password: string): Promise<Awaited<ReturnType<PostgreSqlContainer['start']>>> {
  const service = composeService('world-postgres', { POSTGRES_PASSWORD: password });
  return prepared(new LoopbackPostgres(service.image), service, run)
    .withDatabase('postgres')
    .withUsername('postgres')
    .withPassword(password)
    .start();
}

/**
 * Toxiproxy as compose.yaml has it: on the host's network, where it reaches what listens on 127.0.0.1. ToxiProxyContainer does not fit: it publishes
 * its ports and asks for their mapping, which there is none of on the host's network.
 */
export async function startToxiproxyContainer(run: Run): Promise<{ readonly url: string; readonly container: StartedTestContainer }> {
  for (let attempt = 1; ; attempt += 1) {
    const port = randomPort();
    const service = composeService('toxiproxy', { TOXIPROXY_PORT: String(port) });
    if (service.networkMode === undefined)
      throw new Error('toxiproxy of compose.yaml must be on the host network, or it reaches nobody here');
    const container = await prepared(new LoopbackContainer(service.image), service, run)
      .withNetworkMode(service.networkMode)
      .withWaitStrategy(Wait.forLogMessage(/Starting Toxiproxy|Starting HTTP server/))
      .start();
    const url = `http://127.0.0.1:${port}`;
    try {
      await untilToxiproxy(url);
      return { url, container };
    } catch (error) {
      await container.stop();
      if (!(error instanceof PortTaken) || attempt === portTries) throw error;
    }
  }
}

import { parseArgs } from 'node:util';
import { DockerComposeEnvironment, Wait } from 'testcontainers';
import { checkoutDir } from '../paths.ts';
import { databaseName, provision } from '../postgres/provision.ts';
import { readCredentials, readRolePasswords, readSecrets } from '../supervisor/secrets.ts';
import { twinPaths } from '../supervisor/state.ts';
import { regions } from '../topology/regions.ts';
import { composeEnvironment, composeFile, composeProject } from './compose.ts';
import { fillLocalStack } from './localstack.ts';

/** The Docker driver: a child that runs the containers of compose.yaml, announces them, and takes them down on SIGTERM. */
const { values } = parseArgs({ options: { 'sim-dir': { type: 'string' } } });
const simDir = values['sim-dir'];
if (simDir === undefined) {
  process.stderr.write('usage: main.ts --sim-dir DIR\n');
  process.exit(2);
}
// compose.yaml publishes on 127.0.0.1. Where Testcontainers finds itself in a container, it would look for the ports on the bridge's gateway.
process.env['TESTCONTAINERS_HOST_OVERRIDE'] ??= '127.0.0.1';
const paths = twinPaths(simDir);
const say = (line: Readonly<Record<string, string>>): boolean => process.stdout.write(`${JSON.stringify(line)}\n`);
const announce = (name: string, url: string): boolean => say({ event: 'listening', name, url });

/** LocalStack takes seconds, and minutes on a machine that is busy with other things. */
const startupTimeoutMs = 240_000;

const environment = await composeEnvironment(paths);
say({ msg: 'starting the containers', project: composeProject(simDir) });
const started = await new DockerComposeEnvironment(checkoutDir, composeFile)
  .withProjectName(composeProject(simDir))
  .withEnvironment(environment)
  .withStartupTimeout(startupTimeoutMs)
  .withWaitStrategy('world-postgres-1', Wait.forHealthCheck())
  .withWaitStrategy('china-postgres-1', Wait.forHealthCheck())
  .withWaitStrategy('localstack-1', Wait.forHealthCheck())
  .withWaitStrategy('elasticmq-1', Wait.forListeningPorts())
  .withWaitStrategy('toxiproxy-1', Wait.forLogMessage(/Starting Toxiproxy|Starting HTTP server/))
  .up();

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => {
    started.down({ removeVolumes: false }).then(
      () => process.exit(0),
      (error: unknown) => {
        process.stderr.write(`the containers could not be taken down: ${String(error)}\n`);
        process.exit(1);
      },
    );
  });
}

const portOf = (container: string, port: number): number => started.getContainer(container).getMappedPort(port);
const localstack = `http://127.0.0.1:${portOf('localstack-1', 4566)}`;
await Promise.all([
  ...regions.map(async (region) => {
    const address = `127.0.0.1:${portOf(`${region}-postgres-1`, 5432)}`;
    await provision(`postgres://postgres:${environment['POSTGRES_PASSWORD']}@${address}/postgres`, readRolePasswords(paths, region));
    announce(`${region}:postgres`, `postgres://${address}/${databaseName}`);
  }),
  fillLocalStack({ endpoint: localstack, credentials: readCredentials(paths, 'world'), secrets: readSecrets(paths, 'world') }),
]);
announce('world:queue', localstack);
announce('world:secrets', localstack);
announce('china:queue-backend', `http://127.0.0.1:${portOf('elasticmq-1', 9324)}`);
announce('toxiproxy', `http://127.0.0.1:${environment['TOXIPROXY_PORT']}`);
say({ event: 'ready' });

// Nothing else would keep this process, and it is the containers' owner until it is told to stop.
setInterval(() => undefined, 3_600_000);

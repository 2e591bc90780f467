import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DockerComposeEnvironment, Wait } from 'testcontainers';
import { startChild } from '#standins/started-child.ts';
import { checkoutDir } from '../../paths.ts';
import { provision } from '../../postgres/provision.ts';
import { ensureSecrets, readRolePasswords } from '../../supervisor/secrets.ts';
import { makeTwinFolders, twinPaths } from '../../supervisor/state.ts';
import { queueNames, servicesEnvironment } from '../../topology/environment.ts';
import { links } from '../../topology/links.ts';
import { randomPort } from '../../topology/ports.ts';
import { composeEnvironment, composeFile, composeProject } from '../compose.ts';

/** What the world's services need, without links: compose.yaml's Postgres in a project of its own, and the stand-ins of the cloud and of mail. */
export interface ServicesScene {
  readonly simDir: string;
  /** For `docker compose` as well as for the services. */
  readonly environment: Readonly<Record<string, string>>;
  readonly authUrl: string;
  stop(): Promise<void>;
}

export async function startScene(): Promise<ServicesScene> {
  process.env['TESTCONTAINERS_HOST_OVERRIDE'] ??= '127.0.0.1';
  process.env['TESTCONTAINERS_RYUK_DISABLED'] ??= 'true';
  const simDir = mkdtempSync(join(tmpdir(), 'madeinworld-scene-'));
  const paths = twinPaths(simDir);
  makeTwinFolders(paths);
  ensureSecrets(paths);
  // Its volumes go with it.
  const composed: Record<string, string> = { ...(await composeEnvironment(paths)), EXTERNAL_VOLUMES: 'false', LOCALSTACK_CACHE: '' };
  const started = await new DockerComposeEnvironment(checkoutDir, composeFile)
    .withProjectName(composeProject(simDir))
    .withEnvironment(composed)
    .withWaitStrategy('world-postgres-1', Wait.forHealthCheck())
    .up(['world-postgres']);
  const postgres = `127.0.0.1:${started.getContainer('world-postgres-1').getMappedPort(5432)}`;
  await provision(`postgres://postgres:${composed['POSTGRES_PASSWORD']}@${postgres}/postgres`, readRolePasswords(paths, 'world'));
  const standin = (name: string, args: string[]) => startChild(new URL(`../../standins/${name}/main.ts`, import.meta.url), args);
  const [cloud, mail] = await Promise.all([
    standin('world-cloud', ['--secrets-file', paths.secrets('world'), ...queueNames.flatMap((name) => ['--queue', name])]),
    standin('mail', ['--dir', paths.mail]),
  ]);
  const authPort = randomPort();
  const bare = (url: string): string => new URL(url).host;
  const addresses = {
    // A services process asks for every link of its region; those that nobody serves here lead nowhere.
    ...Object.fromEntries(links.map((link) => [link.name, '127.0.0.1:1'])),
    'world:postgres': postgres,
    'world:queue': bare(cloud.urlOf('world:queue')),
    'world:secrets': bare(cloud.urlOf('world:secrets')),
    'world:mail': bare(mail.urlOf('mail:smtp')),
    'world:auth': `127.0.0.1:${authPort}`,
  };
  return {
    simDir,
    environment: { ...composed, ...servicesEnvironment('world', addresses, { auth: authPort }) },
    authUrl: `http://127.0.0.1:${authPort}`,
    async stop() {
      await Promise.all([cloud.stop(), mail.stop()]);
      await started.down({ removeVolumes: true });
      rmSync(simDir, { recursive: true, force: true });
    },
  };
}

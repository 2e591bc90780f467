import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { checkoutDir, folderId } from '../paths.ts';
import { writeWhole, type TwinPaths } from '../supervisor/state.ts';

const run = promisify(execFile);
export const composeFile = 'compose.yaml';

/** One compose project a twin, so that two checkouts do not share containers. */
export function composeProject(simDir: string): string {
  return `madeinworld-${folderId(simDir)}`;
}

/** The superuser's password of both servers, made once: the volumes outlive the containers. */
export function dockerPassword(paths: TwinPaths): string {
  if (!existsSync(paths.docker)) writeWhole(paths.docker, randomBytes(24).toString('base64url'), 0o600);
  return String(JSON.parse(readFileSync(paths.docker, 'utf8')));
}

/** Docker chooses the published ports; Toxiproxy sits on the host's network and must be told one that is free now. */
export async function composeEnvironment(paths: TwinPaths): Promise<Record<string, string>> {
  return {
    POSTGRES_PASSWORD: dockerPassword(paths),
    WORLD_POSTGRES_PORT: '0',
    CHINA_POSTGRES_PORT: '0',
    LOCALSTACK_PORT: '0',
    ELASTICMQ_PORT: '0',
    TOXIPROXY_PORT: String(await freePort()),
    EXTERNAL_VOLUMES: 'true',
    LOCALSTACK_CACHE: localStackCache,
  };
}

/** What LocalStack finds out about AWS is the same in every twin of this machine. */
const localStackCache = 'madeinworld-localstack-cache';

/** Makes the project's volumes where they are not there yet: Compose does not make external ones. Throws when Docker does not answer. */
export async function createVolumes(project: string): Promise<void> {
  const volumes = [`${project}_world-postgres`, `${project}_china-postgres`, localStackCache];
  await Promise.all(volumes.map((volume) => run('docker', ['volume', 'create', volume])));
}

/** Removes the project's containers, with their volumes when told so; does nothing when there are none. Throws when Docker does not answer. */
export async function composeDown(simDir: string, options: { readonly volumes: boolean }): Promise<void> {
  const args = ['compose', '-p', composeProject(simDir), '-f', join(checkoutDir, composeFile), 'down', '--remove-orphans'];
  await run('docker', options.volumes ? [...args, '--volumes'] : args);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

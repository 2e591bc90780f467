import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { bundleArguments, ensureBundles } from '#sim/packages/bundles.ts';
import { cacheDir, checkoutDir } from '#sim/paths.ts';
import type { RolePasswords } from '#sim/postgres/provision.ts';
import { baseEnvironment } from '#sim/supervisor/commands.ts';
import { ensureSecrets, readRolePasswords } from '#sim/supervisor/secrets.ts';
import { makeTwinFolders, twinPaths } from '#sim/supervisor/state.ts';
import { queueNames, servicesEnvironment } from '#sim/topology/environment.ts';
import { links } from '#sim/topology/links.ts';
import { serviceFlags, standInFlags } from '#sim/topology/node-flags.ts';

import { runNode, startNode, type NodeProcess } from '../rig/processes.ts';
import { startServer, type Server } from '../rig/server.ts';
import { startStaff, type Staff } from '../rig/staff.ts';

/** A region's services as they ship, on a durable PostgreSQL of their own: no links, no fronts, nothing else that takes time. */
export interface ServicesRig {
  readonly server: Server;
  readonly passwords: RolePasswords;
  /** Signs tokens that the services accept. */
  readonly staff: Staff;
  /** Where something of `name` may log, for as long as the rig is there. */
  readonly logFile: (name: string) => string;
  /** Starts a process that runs `services`, a list as SERVICES takes it, with `env` over what the twin gives it. */
  start(services: string, env?: Readonly<Record<string, string>>): Promise<NodeProcess>;
}

const nowhere = '127.0.0.1:1';
const cloudMain = join(checkoutDir, 'sim/standins/world-cloud/main.ts');

/** Has `work` done on services of the world, and removes all of it afterwards. `own` is the environment of the benchmark itself. */
export async function withServices(own: NodeJS.ProcessEnv, work: (rig: ServicesRig) => Promise<void>): Promise<void> {
  await ensureBundles();
  const dir = await mkdtemp(join(tmpdir(), 'madeinworld-bench-'));
  await chmod(dir, 0o711);
  const paths = twinPaths(dir);
  makeTwinFolders(paths);
  ensureSecrets(paths);
  const marker = `MADEINWORLD_BENCH=${dir}`;
  const environment = { ...baseEnvironment(marker, own), NODE_COMPILE_CACHE: join(cacheDir, 'node') };
  const command = (name: string) => ({ name, region: 'world' as const, logFile: paths.log(name), marker });
  const passwords = readRolePasswords(paths, 'world');
  const running: { stop(): Promise<unknown> }[] = [];
  const interrupted = Promise.withResolvers<never>();
  const interrupt = (): void => interrupted.reject(new Error('interrupted'));
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  try {
    const server = await startServer('world', dir, passwords);
    running.push(server);
    const cloud = await startNode({
      ...command('world-cloud'),
      env: environment,
      args: [...standInFlags, cloudMain, '--secrets-file', paths.secrets('world'), ...queueNames.flatMap((name) => ['--queue', name])],
    });
    running.push(cloud);
    const staff = await startStaff('world');
    running.push(staff);
    const addresses = {
      ...Object.fromEntries(links.map(({ name }) => [name, nowhere])),
      'world:postgres': `127.0.0.1:${server.port}`,
      'world:secrets': new URL(cloud.url('world:secrets')).host,
      'world:queue': new URL(cloud.url('world:queue')).host,
    };
    const env = { ...environment, ...servicesEnvironment('world', addresses), AUTH_URL: staff.authUrl };
    const main = join(checkoutDir, 'services/main.ts');
    await runNode({ ...command('migrate'), env: { ...env, SERVICES: 'migrate' }, args: [...bundleArguments(), main] });
    let count = 0;
    const working = work({
      server,
      passwords,
      staff,
      logFile: paths.log,
      async start(services, more = {}) {
        const started = await startNode({
          ...command(`services-${(count += 1)}`),
          env: { ...env, SERVICES: services, ...more },
          args: [...serviceFlags, ...bundleArguments(), main],
        });
        running.push(started);
        return started;
      },
    });
    await Promise.race([working, interrupted.promise]);
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
    for (const one of running.toReversed()) await one.stop();
    await rm(dir, { recursive: true, force: true });
  }
}

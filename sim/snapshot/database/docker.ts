import { execFile, spawn } from 'node:child_process';
import { createReadStream, createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { databaseName, provision, withClient, type RolePasswords } from '../../postgres/provision.ts';
import type { Region } from '../../topology/regions.ts';
import { databaseBytes, segmentsOf, tarExcludes, type BackupEnd } from './base-backup.ts';
import { captureWith } from './capture.ts';
import type { Databases } from './database.ts';

const run = promisify(execFile);

export interface DockerDeps {
  readonly container: (region: Region) => string;
  readonly superuserUrl: (region: Region) => string;
  /** What the services' roles are to be opened with, read when it is needed: a load changes it. */
  readonly passwords: (region: Region) => RolePasswords;
  /** Told where the database is, whenever it has been started: Docker publishes it on another port each time. */
  readonly onAddress: (region: Region, url: string) => Promise<void>;
}

const dataDir = '/var/lib/postgresql/data';
const next = `${dataDir}/.snapshot-next`;
const kept = `${dataDir}/.snapshot-replaced`;
const startTimeoutMs = 60_000;

/** The clusters of the Docker driver: volumes, reached through the containers, as streams of tar. */
export function dockerDatabases(deps: DockerDeps): Databases {
  return {
    bytes: (region) => databaseBytes(deps.superuserUrl(region)),
    capture(region, folder, signal) {
      const container = deps.container(region);
      const tar = ['exec', container, 'tar', '-C', dataDir, ...tarExcludes, '-cf', '-', '.'];
      return captureWith(deps.superuserUrl(region), {
        files: () => saveTar(tar, join(folder, 'data.tar'), { signal }),
        wal: (end) => saveWal(container, end, join(folder, 'wal.tar')),
      });
    },
    async stage(region, folder, signal) {
      const unpack = `rm -rf ${next} && mkdir -m 700 ${next} && tar -C ${next} -xpf - -i && chown --reference=${dataDir} ${next} ${next}/backup_label`;
      const child = spawn('docker', ['exec', '-i', deps.container(region), 'sh', '-ec', unpack], {
        stdio: ['pipe', 'ignore', 'pipe'],
        signal,
      });
      const ended = endOf(child);
      // Two archives in a row: tar -i reads on after the end of the first.
      await Promise.all([ended, pipeline(concatenated([join(folder, 'data.tar'), join(folder, 'wal.tar')]), child.stdin)]);
    },
    async stop(region) {
      const container = deps.container(region);
      // Nothing of what it would write at its end is wanted. Where it has ended already there is nothing to send.
      await run('docker', ['kill', '-s', 'QUIT', container]).catch(() => undefined);
      await run('docker', ['wait', container]);
    },
    swap: (region) =>
      inVolume(
        deps.container(region),
        `rm -rf ${kept}; mkdir -m 700 ${kept}; ${moveAll(dataDir, kept)}; ${moveAll(`${kept}/.snapshot-next`, dataDir)}`,
      ),
    swapBack: (region) =>
      inVolume(
        deps.container(region),
        `[ -d ${kept} ] || exit 0; find ${dataDir} -mindepth 1 -maxdepth 1 ! -name .snapshot-replaced -exec rm -rf {} +; ${moveAll(kept, dataDir)}`,
      ),
    async start(region) {
      const container = deps.container(region);
      await run('docker', ['start', container]);
      const { stdout } = await run('docker', ['port', container, '5432/tcp']);
      const address = stdout.trim().split('\n')[0] ?? '';
      const superuserUrl = new URL(deps.superuserUrl(region));
      superuserUrl.host = address;
      await untilUp(container);
      // The files bring their own superuser's password; inside the container none is asked for.
      const statement = `ALTER ROLE postgres PASSWORD '${decodeURIComponent(superuserUrl.password)}'`;
      await endOf(withInput(['exec', '-i', container, 'psql', '-qX', '-v', 'ON_ERROR_STOP=1', '-U', 'postgres', '-f', '-'], statement));
      await withClient(superuserUrl.href, (client) => client.query('SELECT 1'));
      await provision(superuserUrl.href, deps.passwords(region));
      await deps.onAddress(region, `postgres://${address}/${databaseName}`);
    },
    tidy: async (region) => void (await run('docker', ['exec', deps.container(region), 'rm', '-rf', next, kept])),
  };
}

/** Moves everything in a folder, hidden files too, but for the target itself. */
function moveAll(from: string, to: string): string {
  return `find ${from} -mindepth 1 -maxdepth 1 ! -path ${to} -exec mv -t ${to} {} +`;
}

/** Runs a script on the volume of a container that is stopped, in another container of the same image. */
async function inVolume(container: string, script: string): Promise<void> {
  const { stdout } = await run('docker', ['inspect', '-f', '{{.Config.Image}}', container]);
  const args = ['run', '--rm', '--network', 'none', '--volumes-from', container, '--entrypoint', 'sh', stdout.trim(), '-ec', script];
  await run('docker', args);
}

async function untilUp(container: string): Promise<void> {
  for (const end = Date.now() + startTimeoutMs; ; await sleep(50)) {
    try {
      await run('docker', ['exec', container, 'pg_isready', '-q', '-h', '127.0.0.1', '-U', 'postgres']);
      return;
    } catch (cause) {
      if (Date.now() < end) continue;
      throw new Error(`${container} did not answer within ${startTimeoutMs / 1000} s; docker logs ${container} tells why`, { cause });
    }
  }
}

async function saveWal(container: string, end: BackupEnd, file: string): Promise<void> {
  const label = '/tmp/snapshot/backup_label';
  const wal = segmentsOf(end).map((name) => `pg_wal/${name}`);
  const script = `mkdir -p /tmp/snapshot; cat > ${label}; exec tar -cf - -C ${dataDir} ${wal.join(' ')} -C /tmp/snapshot backup_label`;
  await saveTar(['exec', '-i', container, 'sh', '-ec', script], file, { input: end.label });
}

interface TarOptions {
  readonly input?: string;
  readonly signal?: AbortSignal;
}

async function saveTar(args: readonly string[], file: string, { input = '', signal }: TarOptions): Promise<void> {
  const child = spawn('docker', args, { stdio: ['pipe', 'pipe', 'pipe'], ...(signal === undefined ? {} : { signal }) });
  child.stdin.end(input);
  // 1: a file changed while it was read, which a backup allows for.
  await Promise.all([endOf(child, [0, 1]), pipeline(child.stdout, createWriteStream(file, { mode: 0o600 }))]);
}

function withInput(args: readonly string[], input: string) {
  const child = spawn('docker', args, { stdio: ['pipe', 'ignore', 'pipe'] });
  child.stdin.end(input);
  return child;
}

interface Ending {
  readonly stderr: Readable;
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'close', listener: (code: number | null) => void): unknown;
}

/** Resolves when it has ended well; throws with what it wrote. */
function endOf(child: Ending, good: readonly number[] = [0]): Promise<void> {
  const said: Buffer[] = [];
  child.stderr.on('data', (chunk: Buffer) => said.push(chunk));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      if (code !== null && good.includes(code)) resolve();
      else reject(new Error(`docker ended with ${code}: ${Buffer.concat(said).toString().trim()}`));
    });
  });
}

function concatenated(files: readonly string[]): Readable {
  return Readable.from(
    (async function* () {
      for (const file of files) yield* createReadStream(file, { highWaterMark: 1 << 20 });
    })(),
  );
}

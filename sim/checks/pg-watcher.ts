import { once } from 'node:events';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { removePostgresData } from '#sim/postgres/index.ts';
import { reachablePath, serverIdentity } from '#sim/postgres/identity.ts';

const pollMs = 20;
/** As long as `stopServer` waits for a fast shutdown. */
const patienceMs = 10_000;

/** The id of the server that has its data there; its file goes when the server does. */
async function serverIn(dataDir: string): Promise<number | undefined> {
  const text = await readFile(join(dataDir, 'postmaster.pid'), 'utf8').catch(() => '');
  return Number(text.split('\n')[0]) || undefined;
}

function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, name);
  } catch {
    return false;
  }
}

async function endServer(dataDir: string): Promise<void> {
  const pid = await serverIn(dataDir);
  if (pid === undefined || !signal(pid, 'SIGINT')) return;
  const impatientMs = Date.now() + patienceMs;
  let isUrged = false;
  while ((await serverIn(dataDir)) === pid) {
    if (!isUrged && Date.now() > impatientMs) isUrged = signal(pid, 'SIGQUIT');
    if (Date.now() > impatientMs + patienceMs) return;
    await sleep(pollMs);
  }
}

const folder = process.argv[2];
if (folder === undefined) throw new Error('usage: pg-watcher.ts FOLDER');
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => undefined);
process.stdin.resume();
await once(process.stdin, 'close');
const wanted = join(folder, 'data');
await endServer(await reachablePath(wanted, serverIdentity()));
await removePostgresData(wanted);
// The starter may have been killed while it still wrote there.
await rm(folder, { recursive: true, force: true, maxRetries: 10 });

import { createPlatform, type Platform } from '#platform/platform.ts';
import { messageOf } from '#platform/errors.ts';
import { shutDown, startAll, type RunningService } from '#platform/lifecycle.ts';

/** What SERVICES may name. Each is loaded only where it is asked for: an image holds all, a process pays for its own. */
const starters: Readonly<Record<string, (platform: Platform) => Promise<RunningService>>> = {
  auth: async (platform) => (await import('#auth/start.ts')).startAuth(platform),
  user: async (platform) => (await import('#user/start.ts')).startUser(platform),
  catalog: async (platform) => (await import('#catalog/start.ts')).startCatalog(platform),
  inventory: async (platform) => (await import('#inventory/start.ts')).startInventory(platform),
  order: async (platform) => (await import('#order/start.ts')).startOrder(platform),
  notification: async (platform) => (await import('#notification/start.ts')).startNotification(platform),
  'sync-ingest': async (platform) => (await import('#sync/ingest/start.ts')).startIngest(platform),
  'sync-worker': async (platform) => (await import('#sync/worker/start.ts')).startWorker(platform),
};
const groups: Readonly<Record<string, readonly string[]>> = {
  all: Object.keys(starters),
  sync: ['sync-ingest', 'sync-worker'],
};
const STOP_LIMIT_MS = 25_000;

function namesOf(list: string): string[] {
  const names = list.split(',').flatMap((part) => groups[part.trim()] ?? [part.trim()]);
  const unknown = names.filter((name) => starters[name] === undefined);
  if (unknown.length > 0) {
    throw new Error(
      `SERVICES names ${unknown.join(', ')}; it may name ${['migrate', ...Object.keys(groups), ...Object.keys(starters)].join(', ')}`,
    );
  }
  return [...new Set(names)];
}

async function run(platform: Platform, names: readonly string[]): Promise<void> {
  const { log } = platform;
  const running: RunningService[] = [];
  let stopping = false;
  const stop = async (reason: string): Promise<void> => {
    if (stopping) return;
    stopping = true;
    log.info({ reason }, 'stopping');
    const clean = await shutDown(running, { log, drainDelayMs: platform.config.DRAIN_DELAY_MS, limitMs: STOP_LIMIT_MS });
    await platform.close();
    process.exit(clean ? 0 : 1);
  };
  process.once('SIGTERM', () => void stop('SIGTERM'));
  process.once('SIGINT', () => void stop('SIGINT'));
  await startAll(
    names.map((name) => async () => {
      const start = starters[name];
      if (start === undefined) throw new Error(`there is no service called ${name}`);
      return start(platform);
    }),
    running,
  );
  log.info({ event: 'ready', services: names }, 'ready');
}

async function main(): Promise<void> {
  const list = process.env['SERVICES'] ?? '';
  if (list === 'migrate') {
    const platform = createPlatform(process.env);
    const { migrateAll } = await import('./migrate.ts');
    await migrateAll(platform);
    await platform.close();
    return;
  }
  const names = namesOf(list);
  await run(createPlatform(process.env), names);
}

// A programmer's error crashes the process: a supervisor restarts it in a known state.
main().catch((error: unknown) => {
  process.stderr.write(
    `${JSON.stringify({ level: 'fatal', time: new Date().toISOString(), msg: messageOf(error), stack: error instanceof Error ? error.stack : undefined })}\n`,
  );
  process.exit(1);
});

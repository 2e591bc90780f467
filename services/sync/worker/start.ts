import { createPolicies, entityPolicies } from '#contracts/sync-policy.ts';
import { createAccess } from '#platform/access.ts';
import { readConfig } from '#platform/config.ts';
import { createHttpApp } from '#platform/http.ts';
import { listen, type RunningService } from '#platform/lifecycle.ts';
import type { Platform } from '#platform/platform.ts';
import { createPublisher } from '#platform/publisher.ts';

import { collect } from '../collect.repository.ts';
import { retryParked, reviveOverdue } from '../ingest/parked.ts';
import { LOCK_TIMEOUT_MS } from '../ingest/transaction.ts';
import { createSyncKeys } from '../keys.ts';
import { createWorkerOperating } from '../operate/operating.ts';
import { registerOperate } from '../operate/routes.ts';
import { createReconciler } from '../reconcile/reconciler.ts';
import { backlogOf, createOwnSide } from '../reconcile/side.ts';
import { limitsOf, requestsAFlow, WorkerConfig } from './config.ts';
import { createDirection } from './direction.ts';
import { createGate } from './flow/gate.ts';
import { handleBatch } from './handle.ts';
import { giveBack } from '#platform/queue/lease.ts';
import { runLoop } from './loop.ts';
import { connectPeer } from './post.ts';
import { createReadSizes } from './read-sizes.ts';
import { connectSigned } from './signed.ts';
import { createSweep } from './sweep.ts';
import { createUnfinished } from './unfinished.ts';

/** What is under way when the process stops may finish for this long; then it is cut, and the queue delivers it again. */
const DRAIN_MS = 5_000;
/** A deletion waits this long for deletions of children that may come after it, over another connection or in a later message. */
const REVIVE_AFTER_MS = 30_000;

/** Starts the worker of this region: it takes pointers from the region's queue and brings the rows to the peer. Sweeps once at the start. */
export async function startWorker(platform: Platform): Promise<RunningService> {
  const config = readConfig(WorkerConfig, platform.env);
  const { clock, log } = platform;
  const database = await platform.database<Record<string, never>>('sync', {
    maxConnections: 6,
    pipelined: true,
    lockTimeoutMs: LOCK_TIMEOUT_MS,
  });
  const { pool } = database;
  const policies = createPolicies(entityPolicies);
  const region = platform.config.REGION;
  const queue = await platform.queue();
  const unfinished = createUnfinished(clock);
  const backlog = { queued: () => queue.depth(), oldestWriteMs: unfinished.oldestWriteMs };
  const operating = createWorkerOperating({ pool, region, clock, log, backlog });
  const readiness = { draining: false, checks: { database: database.ping } };
  const keys = createSyncKeys(platform.secrets);
  const peer = connectPeer({
    url: config.PEER_URL,
    region,
    observer: operating.observer,
    keys,
    clock,
    connections: config.PEER_CONNECTIONS,
    requestsAFlow: requestsAFlow(config),
  });
  const flow = createGate(limitsOf(config), clock);
  const publisher = createPublisher({ pool, queue, log, clock, region });
  // Apart from the batches: a digest may take seconds.
  const connection = connectSigned({ url: config.PEER_URL, keys, clock, connections: 2 });
  const reconciler = createReconciler({
    pool,
    policies,
    own: createOwnSide({ pool, policies, ...backlogOf(queue, publisher) }),
    connection,
    peerRegion: config.PEER_REGION,
    clock,
    log,
  });
  const parkedDeps = { pool, policies, log, observer: operating.retries };
  const sweep = createSweep([
    () => reconciler.resumeAbandoned(),
    async () => {
      const published = await publisher.sweep();
      if (published > 0) log.info({ published }, 'sweep');
    },
    async () => {
      const released = await retryParked(parkedDeps);
      if (released > 0) log.info({ released }, 'sweep');
    },
    async () => {
      if ((await reviveOverdue(parkedDeps, REVIVE_AFTER_MS)) > 0) await publisher.sweep();
    },
    () => operating.trim(),
    async () => {
      const { nonces: _, ...collected } = await collect(pool);
      if (collected.asked > 0) await publisher.sweep();
      if (Object.values(collected).some((count) => count > 0)) log.info(collected, 'collected what was kept for its time');
    },
  ]);
  const direction = createDirection({ pool, peer: config.PEER_REGION, clock, log, lags: operating.lags });
  const stop = new AbortController();
  const hardStop = new AbortController();
  const http = await platform.http('sync-worker');
  http.telemetry.metrics.add(operating.metrics);
  const app = createHttpApp({ name: 'sync-worker', routes: 'undeclared', log, readiness, ...http });
  if (config.AUTH_URL !== undefined) {
    registerOperate(app, {
      pool,
      policies,
      log,
      observer: operating.retries,
      region,
      peer: config.PEER_REGION,
      access: createAccess({ region, authUrl: config.AUTH_URL }),
      poke: operating.gate.poke,
      publish: () => publisher.afterCommit(),
      clock,
      backlog,
      reconciler,
    });
  }
  const url = await listen(app, 'sync-worker', platform.config.LISTEN_HOST, config.WORKER_PORT);
  const handling = {
    pool,
    policies,
    queue,
    peer,
    gate: flow,
    sizes: createReadSizes(),
    unfinished,
    clock,
    log,
    sweep,
    observer: operating.observer,
  };
  const looping = (async () => {
    await sweep().catch((error: unknown) => log.warn({ err: error }, 'the first sweep failed; the next one will come'));
    await runLoop(
      {
        queue,
        flow,
        handle: (received, signal) => handleBatch(handling, received, signal),
        probe: (signal) => peer.probe(signal),
        direction,
        clock,
        log,
        gate: operating.gate,
        idle: unfinished.overtaken,
        giveBack: (received) => giveBack(queue, received, log),
        whilePaused: () => sweep().catch((error: unknown) => log.warn({ err: error }, 'a sweep failed; the next one will come')),
      },
      stop.signal,
      hardStop.signal,
    );
  })();
  return {
    name: 'sync-worker',
    url,
    readiness,
    async drain() {
      stop.abort();
      const cutting = setTimeout(() => hardStop.abort(), DRAIN_MS);
      await looping;
      clearTimeout(cutting);
      await reconciler.close();
      await publisher.drain();
      await direction.flush();
      await operating.flush();
      await app.close();
      await peer.close();
      await connection.close();
      await database.close();
    },
  };
}

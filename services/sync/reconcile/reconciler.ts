import { randomUUID } from 'node:crypto';

import type pg from 'pg';

import type { SyncPolicies } from '#contracts/sync-policy.ts';
import { backoffMs, type Clock } from '#platform/clock.ts';
import { messageOf } from '#platform/errors.ts';
import type { Logger } from '#platform/log.ts';

import type { SignedConnection } from '../worker/signed.ts';
import { compareStretch, readStandings, type Shape, type Sides, type Standings, type Stretch } from './compare.ts';
import { createPeerSide, type Traffic } from './peer-side.ts';
import {
  cancelRun,
  claimRun,
  endRun,
  insertFindings,
  insertRun,
  noCounts,
  readFindings,
  readRuns,
  saveRun,
  setFilling,
} from './runs.repository.ts';
import type { Run, RunCounts } from './runs.repository.ts';
import { keysOf, settle } from './settle.ts';
import type { OwnSide } from './side.ts';

export interface ReconcileOptions {
  /** One entity alone; all of them otherwise. */
  readonly entity?: string;
  /** Finds and tells, and repairs nothing. */
  readonly dryRun?: boolean;
  /** Digests contents, too: finds rows of one stamp and two contents, for about three times the work. */
  readonly deep?: boolean;
  /** This database is empty, new, or an older backup: what it lacks was never here. Of all entities; repeats until a pass finds nothing left to do. */
  readonly fill?: boolean;
}

export interface Reconciler {
  /** Begins a run in the background; answers its id. Throws where one is under way, the entity is unknown, or one alone is to be filled. */
  startReconcile(options?: ReconcileOptions): Promise<string>;
  /** Goes on with a run that was interrupted; false where there is none such. */
  resume(id: string): Promise<boolean>;
  /** Takes up a run that was asked for in the database, was interrupted, or whose process died. Every sweep calls it. */
  resumeAbandoned(): Promise<void>;
  cancel(id: string): Promise<boolean>;
  /** The latest runs, newest first. */
  runs(most?: number): Promise<Run[]>;
  /** What a run found for an operator; undefined where there is no such run. */
  findings(id: string, most?: number): Promise<{ entity: string; key: string; kind: string }[] | undefined>;
  /** Resolves when no run is under way in this process. */
  idle(): Promise<void>;
  /** Interrupts what is under way, so that the next process can go on with it. */
  close(): Promise<void>;
}

export interface ReconcilerDeps {
  readonly pool: pg.Pool;
  readonly policies: SyncPolicies;
  readonly own: OwnSide;
  readonly connection: Pick<SignedConnection, 'post'>;
  readonly peerRegion: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly shape?: Shape;
  /** Told after each step of a run. */
  readonly onProgress?: (run: Run) => void;
}

const MOST_FINDINGS = 10_000;
/** A fill whose first passes all had something to do waits for it to arrive before it looks once more, longer each time. */
const HASTY_PASSES = 3;
const PASS_BASE_MS = 1_000;
const PASS_CAP_MS = 20_000;
/** What was found is settled together, so that the wait for what is under way is paid once for many stretches. */
const SETTLE_AT_KEYS = 5_000;

/** A run that belongs to somebody else by now, or was cancelled: nothing of it may be written any more. */
class RunLost extends Error {}

/** Runs reconciliations of this region with its peer. What a run is, and how far, lies in the database: any worker process of the region can go on with it. */
export function createReconciler(deps: ReconcilerDeps): Reconciler {
  const { pool, policies, own, clock, log } = deps;
  const stopping = new AbortController();
  let underWay: Promise<void> = Promise.resolve();

  async function work(begun: Run, token: string): Promise<void> {
    const run: { -readonly [Name in keyof Run]: Run[Name] } = { ...begun, counts: { ...noCounts, ...begun.counts } };
    const traffic: Traffic = { requests: 0, sentBytes: 0, receivedBytes: 0 };
    const peer = createPeerSide(deps.connection, { clock, signal: stopping.signal, traffic });
    const sides: Sides = { own, peer, ...(deps.shape === undefined ? {} : { shape: deps.shape }) };
    const before = { ...run.counts };
    const save = async (): Promise<void> => {
      run.counts.requests = before.requests + traffic.requests;
      run.counts.sentBytes = before.sentBytes + traffic.sentBytes;
      run.counts.receivedBytes = before.receivedBytes + traffic.receivedBytes;
      if (!(await saveRun(pool, run.id, token, run))) throw new RunLost();
      deps.onProgress?.(run);
    };

    async function settleFound(entity: string, standings: Standings, stretch: Omit<Stretch, 'known' | 'next'>): Promise<number> {
      const { dryRun, fill } = run;
      const alive = (): Promise<void> => save();
      const settled = await settle(sides, { entity, deep: run.deep }, standings, stretch, {
        clock,
        signal: stopping.signal,
        dryRun,
        fill,
        alive,
      });
      const kept = settled.findings.slice(0, Math.max(0, MOST_FINDINGS - run.counts.findings));
      if (kept.length > 0) await insertFindings(pool, run.id, entity, kept);
      add(run.counts, stretch, settled);
      return settled.pointed + settled.asked;
    }

    /** Compares and settles one entity from `run.atKey` on; answers how many keys were repaired. What the peer does not know goes into `unknown`. */
    async function workEntity(entity: string, unknown: string[]): Promise<number> {
      const standings = await readStandings(sides, entity);
      let repaired = 0;
      let gathered = noStretch();
      for (let from = run.atKey, more = true; more;) {
        stopping.signal.throwIfAborted();
        const stretch = await compareStretch(sides, { entity, deep: run.deep }, standings, from);
        if (!stretch.known) {
          log.warn({ entity }, 'the peer does not know an entity: it is left out');
          unknown.push(entity);
          return repaired;
        }
        gathered = joined(gathered, stretch);
        from = stretch.next;
        more = from !== null;
        if (more && gathered.differences.length + gathered.missing.length < SETTLE_AT_KEYS) {
          await save();
          continue;
        }
        repaired += await settleFound(entity, standings, gathered);
        gathered = noStretch();
        // Only now: whoever goes on with this run looks at what was not settled once more.
        run.atKey = from;
        await save();
      }
      return repaired;
    }

    try {
      if (run.fill && !run.dryRun && !(await setFilling(pool, run.id, token, true))) throw new RunLost();
      const names = policies.all.map(({ entity }) => entity).filter((entity) => run.entity === null || run.entity === entity);
      // Only a whole pass tells that nothing is left: one that was taken up halfway is followed by another.
      for (let whole = run.atEntity === null; ; whole = true) {
        const unknown: string[] = [];
        let repaired = 0;
        for (const entity of names.slice(Math.max(0, names.indexOf(run.atEntity ?? '')))) {
          if (entity !== run.atEntity) run.atKey = null;
          run.atEntity = entity;
          repaired += await workEntity(entity, unknown);
        }
        run.reason = unknown.length === 0 ? null : `the peer does not know ${unknown.join(', ')}`;
        if (!run.fill || run.dryRun) break;
        run.atEntity = null;
        run.atKey = null;
        if (repaired === 0 && unknown.length === 0 && whole) break;
        run.pass += 1;
        await save();
        if (run.pass > HASTY_PASSES)
          await clock.wait(PASS_BASE_MS + backoffMs(run.pass - HASTY_PASSES, PASS_BASE_MS, PASS_CAP_MS), stopping.signal);
        stopping.signal.throwIfAborted();
      }
      if (run.fill && !run.dryRun && !(await setFilling(pool, run.id, token, false))) throw new RunLost();
      await save();
      await endRun(pool, run.id, token, 'done', run.reason);
      log.info({ run: run.id, ...run.counts }, 'reconciled');
    } catch (error) {
      if (error instanceof RunLost) return;
      const reason = stopping.signal.aborted ? 'the process was stopped' : messageOf(error);
      log.warn({ run: run.id, reason }, 'reconciliation was interrupted');
      await endRun(pool, run.id, token, 'interrupted', reason).catch((failure: unknown) =>
        log.debug({ err: failure }, 'nor could that be kept'),
      );
    }
  }

  const begin = (run: Run, token: string): void => {
    underWay = Promise.all([underWay, work(run, token)]).then(() => undefined);
  };

  return {
    async startReconcile(options = {}) {
      const { entity, dryRun = false, deep = false, fill = false } = options;
      if (entity !== undefined && policies.of(entity) === undefined) throw new RangeError(`${entity} is not synced here`);
      // It is declared of the region, which then lets in what it would hold back of every entity.
      if (entity !== undefined && fill) throw new RangeError('a region is filled as a whole, not with one entity');
      const token = randomUUID();
      const run = await insertRun(pool, { peer: deps.peerRegion, entity: entity ?? null, dryRun, deep, fill }, token);
      if (run === undefined) throw new Error('a reconciliation is under way already: the list of runs shows it, and it can be cancelled');
      begin(run, token);
      return run.id;
    },
    async resume(id) {
      const token = randomUUID();
      const run = await claimRun(pool, deps.peerRegion, token, id);
      if (run !== undefined) begin(run, token);
      return run !== undefined;
    },
    async resumeAbandoned() {
      const token = randomUUID();
      const run = await claimRun(pool, deps.peerRegion, token, null);
      if (run === undefined) return;
      log.info({ run: run.id, at: run.atEntity }, 'going on with a reconciliation');
      begin(run, token);
    },
    cancel: (id) => cancelRun(pool, id),
    runs: (most = 20) => readRuns(pool, most),
    findings: (id, most = 100) => readFindings(pool, id, most),
    idle: () => underWay,
    async close() {
      stopping.abort();
      await underWay;
    },
  };
}

const noStretch = (): Omit<Stretch, 'known' | 'next'> => ({
  differences: [],
  missing: [],
  unsettled: 0,
  ranges: 0,
  ownKeys: 0,
  peerKeys: 0,
});

function joined(a: Omit<Stretch, 'known' | 'next'>, b: Stretch): Omit<Stretch, 'known' | 'next'> {
  return {
    differences: [...a.differences, ...b.differences],
    missing: [...a.missing, ...b.missing],
    unsettled: a.unsettled + b.unsettled,
    ranges: a.ranges + b.ranges,
    ownKeys: a.ownKeys + b.ownKeys,
    peerKeys: a.peerKeys + b.peerKeys,
  };
}

function add(counts: RunCounts, stretch: Omit<Stretch, 'known' | 'next'>, settled: Awaited<ReturnType<typeof settle>>): void {
  counts.ranges += stretch.ranges;
  counts.ownKeys += stretch.ownKeys;
  counts.peerKeys += stretch.peerKeys;
  counts.differing += stretch.differences.length + keysOf(stretch.missing);
  counts.inFlight += settled.inFlight;
  counts.refused += settled.refused;
  counts.pointed += settled.pointed;
  counts.asked += settled.asked;
  counts.findings += settled.findings.length;
}

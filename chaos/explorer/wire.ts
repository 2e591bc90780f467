import type pg from 'pg';

import { claimOutbox } from '#platform/outbox.repository.ts';
import { packPointers } from '#platform/pack.ts';
import { createPublisher } from '#platform/publisher.ts';
import { systemClock } from '#platform/clock.ts';
import type { Queue, Received } from '#platform/queue/index.ts';
import { applyGroups } from '#sync/ingest/apply.ts';
import { wake } from '#sync/ingest/parked.ts';
import { inTransaction } from '#sync/ingest/transaction.ts';
import { readAnswer, writeAnswer, type ItemResult } from '#sync/protocol/answer.ts';
import { MalformedBatch, readBatch, writeBatch } from '#sync/protocol/body.ts';
import { fakePeer } from '#sync/testing/fake-peer.ts';
import { createGate } from '#sync/worker/flow/gate.ts';
import { defaultLimits } from '#sync/worker/flow/limits.ts';
import { handleBatch } from '#sync/worker/handle.ts';
import { createUnfinished } from '#sync/worker/unfinished.ts';
import { NotAcknowledged } from '#sync/worker/not-acknowledged.ts';
import type { Peer } from '#sync/worker/post.ts';
import { createReadSizes } from '#sync/worker/read-sizes.ts';

import { Violation } from './held.ts';
import type { PublishFault, WorkFault } from './history.ts';
import { log, policies } from './schema.ts';
import { other, type Side, type Which } from './side.ts';
import type { Tally } from './tally.ts';

/** What is between the two databases in one case: a queue a side, and requests that stalled on their way. */
export interface Wire {
  /** Answers how many pointers' rows were claimed. */
  publish(which: Which, fault: PublishFault): Promise<void>;
  /** Lets a worker handle the messages that `choose` picks; answers how many left the queue. */
  work(which: Which, choose: (queued: readonly Received[]) => readonly Received[], fault: WorkFault): Promise<number>;
  /** A request that stalled reaches the ingest after all. Answers false where none is on its way. */
  arriveLate(towards: Which, at: number): Promise<boolean>;
  queued(which: Which): number;
  purge(which: Which): void;
}

class Died extends Error {}

const never = new AbortController().signal;
const limits = { batch: 10, messageBytes: 1024 * 1024, batchBytes: 1024 * 1024, minVisibilitySeconds: 0, maxWaitSeconds: 0 };
const CLAIM_ROWS = 200;
/** A lease that has run out as soon as it is given: nobody waits for a dead publisher. */
const DEAD_LEASE_MS = -1_000;

/** `pool` as a process has it that dies just before it commits. */
function dyingBeforeCommit(pool: pg.Pool): pg.Pool {
  const connect = async (): Promise<pg.PoolClient> => {
    const client = await pool.connect();
    const query = (...args: [string]): unknown => (args[0] === 'COMMIT' ? Promise.reject(new Died()) : client.query(...args));
    return Object.create(client, { query: { value: query }, release: { value: (error?: Error) => client.release(error) } });
  };
  return Object.create(pool, { connect: { value: connect } });
}

export function createWire(sides: readonly [Side, Side], tally: Tally): Wire {
  const queues: [Received[], Received[]] = [[], []];
  const stalled: [string[], string[]] = [[], []];
  const unfinished = [createUnfinished(), createUnfinished()] as const;
  let sent = 0;

  const enqueue = (which: Which, bodies: readonly string[]): void => {
    for (const body of bodies) queues[which].push({ id: `m${(sent += 1)}`, receipt: `m${sent}`, body, receiveCount: 1 });
    tally.add('messages queued', bodies.length);
  };

  function queueOf(which: Which, faults: { publish?: PublishFault; dies?: boolean }): Queue {
    return {
      limits,
      async send(bodies) {
        if (faults.publish === 'refused') return bodies.map(() => ({ ok: false, code: 'unavailable', detail: '', retryable: true }));
        enqueue(which, bodies);
        if (faults.publish === 'send answer lost')
          return bodies.map(() => ({ ok: false, code: 'unavailable', detail: '', retryable: true }));
        return bodies.map(() => ({ ok: true, id: '' }));
      },
      receive: async () => [],
      async delete(receipts) {
        if (faults.dies === true) throw new Died();
        queues[which] = queues[which].filter(({ receipt }) => !receipts.includes(receipt));
        return receipts.map((receipt) => ({ ok: true, receipt }));
      },
      extend: async (receipt) => receipt,
      close: async () => undefined,
    };
  }

  async function ingest(to: Side, text: string, pool: pg.Pool): Promise<ItemResult[]> {
    const { header, groups } = readBatch(text);
    const resolve = header.resolve === true;
    const answers = await inTransaction(pool, (client) => applyGroups({ client, policies }, groups, { resolve }));
    await wake({ pool: to.sync, policies, log }, groups, answers, true);
    for (const { outcome, reason } of answers.flat()) {
      tally.add(`outcome: ${outcome}${reason === null ? '' : ` ${reason}`}`);
      if (outcome === 'rejected') throw new Violation(`an item was rejected: ${reason}`);
    }
    return answers.flat();
  }

  let requests = 0;

  function peerOf(which: Which, fault: WorkFault): Peer {
    const to = sides[other(which)];
    const lost = (): never => {
      tally.add(`fault: ${fault}`);
      throw new NotAcknowledged('answer', fault);
    };
    return fakePeer(async (groups, options) => {
      const text = writeBatch(`madeinworld/${sides[which].region}`, groups, { ...options, byColumn: requests++ % 2 === 0 });
      const count = groups.reduce((sum, { items }) => sum + items.length, 0);
      tally.add('requests');
      tally.measure('items a request', count);
      if (fault === 'request lost') return lost();
      if (fault === 'stalls and arrives late') {
        stalled[other(which)].push(text);
        return lost();
      }
      if (fault === 'body cut') {
        try {
          readBatch(text.slice(0, Math.floor((text.length * 2) / 3)));
        } catch (error) {
          if (error instanceof MalformedBatch) return lost();
        }
        throw new Violation('a body that was cut off was read');
      }
      if (fault === 'ingest dies before commit') {
        await ingest(to, text, dyingBeforeCommit(to.sync)).catch((error: unknown) => {
          if (!(error instanceof Died)) throw error;
        });
        return lost();
      }
      const results = await ingest(to, text, to.sync);
      if (fault === 'answer lost') return lost();
      if (fault === 'sent twice') {
        tally.add(`fault: ${fault}`);
        await ingest(to, text, to.sync);
      }
      const answered = readAnswer(writeAnswer('digest', results), 'digest', count);
      if (answered === undefined) throw new Violation('an answer does not fit its batch');
      return answered.results;
    });
  }

  return {
    async publish(which, fault) {
      const { sync: pool, region } = sides[which];
      if (fault === 'dies after claim' || fault === 'dies before settle') {
        const claim = await claimOutbox(pool, CLAIM_ROWS, DEAD_LEASE_MS);
        if (claim === undefined) return;
        tally.add(`fault: ${fault}`);
        if (fault === 'dies after claim') return;
        enqueue(
          which,
          packPointers(claim.rows, { messageBytes: limits.messageBytes, pointersPerMessage: 1_000 }, region).map(({ body }) => body),
        );
        return;
      }
      const publisher = createPublisher({ pool, queue: queueOf(which, { publish: fault }), log, clock: systemClock, region });
      try {
        await publisher.sweep();
      } catch (error) {
        if (fault === 'none') throw error;
        tally.add(`fault: ${fault}`);
      }
    },
    async work(which, choose, fault) {
      const received = choose(queues[which]);
      if (received.length === 0) return 0;
      const before = queues[which].length;
      const queue = queueOf(which, { dies: fault === 'worker dies before delete' });
      const sending = {
        gate: createGate(defaultLimits, systemClock),
        sizes: createReadSizes(),
        unfinished: unfinished[which],
        clock: systemClock,
      };
      const deps = { ...sending, pool: sides[which].sync, policies, queue, peer: peerOf(which, fault), log, sweep: async () => undefined };
      try {
        const { failure } = await handleBatch(deps, received, never);
        if (failure instanceof Violation || (failure !== undefined && !(failure instanceof NotAcknowledged))) throw failure;
      } catch (error) {
        if (!(error instanceof Died)) throw error;
        tally.add(`fault: ${fault}`);
      }
      return before - queues[which].length;
    },
    async arriveLate(towards, at) {
      const [text] = stalled[towards].splice(at % Math.max(1, stalled[towards].length), 1);
      if (text === undefined) return false;
      tally.add('fault: late arrival');
      await ingest(sides[towards], text, sides[towards].sync);
      return true;
    },
    queued: (which) => queues[which].length,
    purge(which) {
      if (queues[which].length > 0) tally.add('fault: queue purged');
      queues[which] = [];
    },
  };
}

import type { Mutant } from '../mutant.ts';

const outbox = 'services/sync/migrations/0001-core/3-outbox.sql';
const publisher = 'services/platform/publisher.ts';
const publish = 'services/sync/publish.pg.test.ts';

/** From the outbox to the queue, and from the queue to the peer. */
export const publishMutants: readonly Mutant[] = [
  {
    id: 'a-step-back-stops-publishing',
    guards: ['I123'],
    bug: 'a clock that steps back holds publishing up for as long',
    file: 'services/platform/publisher.ts',
    find: 'Math.min(gapMs, flushedAtMs + gapMs - clock.now())',
    replacement: 'flushedAtMs + gapMs - clock.now()',
    killedBy: { file: 'services/sync/publish.pg.test.ts', name: 'the first commit after a pause goes out at once' },
  },
  {
    id: 'versions-are-not-compared',
    guards: ['I20', 'hole 12', 'hole 13'],
    bug: 'a message is deleted when an older version of its row is answered',
    file: 'services/sync/worker/coalesce.ts',
    find: 'if (upTo === undefined || upTo < version) return false;',
    replacement: 'if (upTo === undefined) return false;',
    killedBy: {
      file: 'services/sync/worker/coalesce.test.ts',
      name: 'are answered only when every pointer is, at its version or a later one',
    },
  },
  {
    id: 'claims-have-no-lease',
    guards: ['I21', 'hole 12'],
    bug: 'a row that one publisher holds is claimed by another',
    file: outbox,
    find: 'WHERE o.leased_until IS NULL OR o.leased_until < clock_timestamp()',
    replacement: 'WHERE true',
    killedBy: { file: publish, name: 'the claim of a publisher that died comes back' },
  },
  {
    id: 'leases-do-not-end',
    guards: ['I21', 'hole 12'],
    bug: 'what a dead publisher had claimed stays claimed',
    file: outbox,
    find: 'WHERE o.leased_until IS NULL OR o.leased_until < clock_timestamp()',
    replacement: 'WHERE o.leased_until IS NULL',
    killedBy: { file: publish, name: 'the claim of a publisher that died comes back' },
  },
  {
    id: 'tokens-are-not-compared',
    guards: ['I22', 'hole 12'],
    bug: 'a late publisher deletes what its successor holds',
    file: outbox,
    find: 'WHERE id = ANY (ids) AND token = claim RETURNING id',
    replacement: 'WHERE id = ANY (ids) RETURNING id',
    killedBy: { file: publish, name: 'its late settling deletes nothing' },
  },
  {
    id: 'failed-flush-is-forgotten',
    guards: ['I23'],
    bug: 'what a queue did not take is not tried again',
    file: publisher,
    find: 'flush(traceparent).catch(retryLater)',
    replacement: 'flush(traceparent).catch(() => undefined)',
    killedBy: { file: publish, name: 'what a queue does not take stays in the outbox' },
  },
  {
    id: 'no-bound-on-publishing',
    guards: ['I24'],
    bug: 'a queue that hangs holds responses up',
    file: publisher,
    find: 'await Promise.race([flushed, clock.wait(boundMs, bound.signal)]);',
    replacement: 'await flushed;',
    killedBy: { file: publish, name: 'a queue that hangs holds a response up for the bound only' },
  },
  {
    id: 'ledger-takes-greater-for-later',
    guards: ['hole 19'],
    bug: 'the ledger counts a write as superseded by a greater version that had not seen it',
    file: 'chaos/checkers/ledger.ts',
    find: '(seen.get(write.origin) ?? 0n) >= BigInt(write.version)',
    replacement: 'group.some((other) => BigInt(other.version) > BigInt(write.version))',
    killedBy: { file: 'chaos/checkers/ledger.test.ts', name: 'does not take a greater version for one that had seen the other' },
  },
  {
    id: 'failed-deletion-is-forgotten',
    guards: ['I116'],
    bug: 'rows that were sent and not deleted stay leased',
    file: publisher,
    find: 'retryLater(error);\n          return error;',
    replacement: 'return error;',
    killedBy: { file: publish, name: 'what could not be deleted after it was sent is sent again' },
  },
  {
    id: 'end-leaves-deletions',
    guards: ['I116'],
    bug: 'a publisher ends before its deletions',
    file: publisher,
    find: 'await Promise.allSettled([running, next, retrying]);\n      await Promise.all(settling);',
    replacement: 'await Promise.allSettled([running, next, retrying]);',
    killedBy: { file: publish, name: 'a response does not wait for deletions, and the end does' },
  },
];

import { Worker } from 'node:worker_threads';

import type { Exploration, Found } from './explore.ts';
import { together, type Range, type Tally } from './tally.ts';

interface Shard {
  readonly counts: Readonly<Record<string, number>>;
  readonly ranges: Readonly<Record<string, Range>>;
  readonly found: Found | undefined;
}

function runShard(task: Exploration): Promise<Shard> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('shard.ts', import.meta.url), { workerData: task });
    worker.once('message', (shard: Shard) => {
      resolve(shard);
      // Two databases in WebAssembly take their time to say goodbye, and nothing in them is kept.
      void worker.terminate();
    });
    worker.once('error', reject);
    worker.once('exit', (code) => reject(new Error(`a thread of the explorer ended with ${code}`)));
  });
}

/** Explores in `threads` threads, each with databases of its own and a seed of its own: the next after `seed`. A path means one thread. */
export async function exploreInThreads(
  task: Exploration,
  threads: number,
): Promise<{ tally: Pick<Tally, 'counts' | 'ranges'>; found: Found | undefined; seeds: number[] }> {
  const many = task.path === undefined ? threads : 1;
  const tasks = Array.from({ length: many }, (_, n) => ({ ...task, seed: task.seed + n, cases: Math.ceil(task.cases / many) }));
  const shards = await Promise.all(tasks.map(runShard));
  return {
    tally: together(shards.map(({ counts, ranges }) => ({ counts: () => counts, ranges: () => ranges }))),
    found: shards.find(({ found }) => found !== undefined)?.found,
    seeds: tasks.map(({ seed }) => seed),
  };
}

import { compared, type BenchCase } from '../case.ts';
import { ingestUrl } from '../ours.ts';
import { drainOurs, steadily } from './drain.ts';

const MANY = 4;
const WARM_UP_MS = 8_000;

/** One worker process against four on one queue. That every row arrives, and nothing is parked or left, is checked after each drain. */
export const workers: BenchCase = {
  name: 'workers',
  what: 'four worker processes against one',
  async run(context) {
    const { rig, rows, count, repeat } = context;
    await rows.fill(count);
    // Once all are up and their code is compiled: that costs four processes four times what it costs one, and more than it saves within a run.
    const measure = steadily(context, count, { warmUpMs: WARM_UP_MS, windowMs: 12_000 });
    const pairs = [];
    for (let n = 0; n < repeat; n += 1) {
      const one = await drainOurs(context, count, { peerUrl: ingestUrl(rig), measure });
      const many = await drainOurs(context, count, { peerUrl: ingestUrl(rig), measure, workers: MANY });
      pairs.push({ ours: many.rate, reference: one.rate });
    }
    const what = `steady rate of ${MANY} workers on a backlog of ${count} changed rows`;
    return [compared({ case: 'workers', what, unit: 'rows/s', beside: 'one worker', target: { of: 'ratio', atLeast: 1 } }, pairs)];
  },
};

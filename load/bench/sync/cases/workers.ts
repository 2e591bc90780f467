import { compared, type BenchCase } from '../case.ts';
import { ingestUrl } from '../ours.ts';
import { drainOurs, steadily } from './drain.ts';

const MANY = 4;

/** One worker process against four on one queue. That every row arrives, and nothing is parked or left, is checked after each drain. */
export const workers: BenchCase = {
  name: 'workers',
  what: 'four worker processes against one',
  async run(context) {
    const { rig, rows, count, repeat } = context;
    await rows.fill(count);
    // Once all are up: starting a process costs more processor time here than it saves within a run.
    const measure = steadily(context, count, { warmUpMs: 2_000, windowMs: 15_000 });
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

import { compared, type BenchCase } from '../case.ts';
import { ingestUrl } from '../ours.ts';
import { drainOurs } from './drain.ts';

const MANY = 4;

/** One worker process against four on one queue. That every row arrives, and nothing is parked or left, is checked after each drain. */
export const workers: BenchCase = {
  name: 'workers',
  what: 'four worker processes against one',
  async run(context) {
    const { rig, rows, count, repeat } = context;
    await rows.fill(count);
    const pairs = [];
    for (let n = 0; n < repeat; n += 1) {
      const one = await drainOurs(context, count, { peerUrl: ingestUrl(rig) });
      const many = await drainOurs(context, count, { peerUrl: ingestUrl(rig), workers: MANY });
      pairs.push({ ours: many.rate, reference: one.rate });
    }
    const what = `drain of ${count} changed rows by ${MANY} workers`;
    return [compared({ case: 'workers', what, unit: 'rows/s', beside: 'one worker', target: { of: 'ratio', atLeast: 1 } }, pairs)];
  },
};

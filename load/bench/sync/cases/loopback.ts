import { compared, type BenchCase } from '../case.ts';
import { ingestUrl } from '../ours.ts';
import { drainOurs, drainReference } from './drain.ts';

/** Backlog of changed rows, from outbox to applied, with nothing between the servers. */
export const loopback: BenchCase = {
  name: 'loopback',
  what: 'drain of changed rows over loopback, outbox to applied',
  async run(context) {
    const { rig, rows, count, repeat } = context;
    await rows.fill(count);
    const pairs = [];
    for (let n = 0; n < repeat; n += 1) {
      const reference = await drainReference(context, count);
      const ours = await drainOurs(context, count, { peerUrl: ingestUrl(rig) });
      pairs.push({ ours: ours.rate, reference: reference.rate });
    }
    const what = `drain of ${count} changed rows`;
    return [compared({ case: 'loopback', what, unit: 'rows/s', target: { of: 'ratio', atLeast: 0.5 } }, pairs)];
  },
};

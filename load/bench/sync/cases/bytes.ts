import { compared, type BenchCase } from '../case.ts';
import { ingestUrl } from '../ours.ts';
import { startMeter } from '../rig/meter.ts';
import { drainOurs, drainReference } from './drain.ts';

const MOST_ROWS = 50_000;

/** Bytes a changed row, both ways, with all that belongs to it: handshakes, headers, signatures, answers, feedback. */
async function bytesARow(upstream: string, count: number, drain: (through: string) => Promise<unknown>): Promise<number> {
  const meter = await startMeter(upstream);
  try {
    await drain(meter.address);
    return meter.bytes() / count;
  } finally {
    await meter.stop();
  }
}

export const bytes: BenchCase = {
  name: 'bytes',
  what: 'bytes on the wire a changed row, both ways',
  async run(context) {
    const { rig, rows, repeat } = context;
    const count = Math.min(context.count, MOST_ROWS);
    await rows.fill(count);
    const pairs = [];
    for (let n = 0; n < repeat; n += 1) {
      const reference = await bytesARow(`127.0.0.1:${rig.world.port}`, count, (through) => drainReference(context, count, { through }));
      const ours = await bytesARow(new URL(ingestUrl(rig)).host, count, (through) =>
        drainOurs(context, count, { peerUrl: `http://${through}` }),
      );
      pairs.push({ ours, reference });
    }
    const what = `bytes on the wire a changed row (${count} rows)`;
    return [compared({ case: 'bytes', what, unit: 'bytes', target: { of: 'ratio', atMost: 0.15 } }, pairs)];
  },
};

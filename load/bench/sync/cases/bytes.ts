import { compared, type BenchCase, type CaseContext } from '../case.ts';
import { ingestUrl } from '../ours.ts';
import { startMeter } from '../rig/meter.ts';
import { BORDER, overBorder } from './border.ts';
import { drainOurs, drainReference } from './drain.ts';

/** Logical replication needs two minutes and a half for so many. */
const MOST_ROWS = 50_000;

/**
 * Bytes a changed row, both ways, with all that belongs to it: handshakes, headers, signatures, answers, feedback. Over a border, where every byte counts: on a
 * fast link ours spends bytes to save processor time.
 */
async function bytesARow(
  context: CaseContext,
  upstream: string,
  count: number,
  drain: (through: string) => Promise<unknown>,
): Promise<number> {
  return overBorder(context, upstream, BORDER, async (border) => {
    const meter = await startMeter(border);
    try {
      await drain(meter.address);
      return meter.bytes() / count;
    } finally {
      await meter.stop();
    }
  });
}

export const bytes: BenchCase = {
  name: 'bytes',
  what: 'bytes on the wire a changed row, both ways, over 200 ms round trip and 2 Mbit/s a flow',
  async run(context) {
    const { rig, rows, repeat } = context;
    const count = Math.min(context.count, MOST_ROWS);
    await rows.fill(count);
    const pairs = [];
    for (let n = 0; n < repeat; n += 1) {
      const reference = await bytesARow(context, `127.0.0.1:${rig.world.port}`, count, (through) =>
        drainReference(context, count, { through }),
      );
      const ours = await bytesARow(context, new URL(ingestUrl(rig)).host, count, (through) =>
        drainOurs(context, count, { peerUrl: `http://${through}` }),
      );
      pairs.push({ ours, reference });
    }
    const what = `bytes on the wire a changed row (${count} rows)`;
    return [compared({ case: 'bytes', what, unit: 'bytes', target: { of: 'ratio', atMost: 0.15 } }, pairs)];
  },
};

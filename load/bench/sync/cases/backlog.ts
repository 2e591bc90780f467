import { median, type BenchCase, type CaseContext } from '../case.ts';
import { ingestUrl } from '../ours.ts';
import { memoryOf, type NodeProcess } from '../../rig/processes.ts';
import { drainOurs } from './drain.ts';

const TIMES = 5;
const MOST_MB = 250;

/** The largest share of memory that each process was seen to have while it worked, in MB. */
function watchMemory(): { look: (processes: readonly NodeProcess[]) => void; mostMb: () => ReadonlyMap<string, number> } {
  const most = new Map<string, number>();
  return {
    look(processes) {
      for (const { name, pid } of processes) most.set(name, Math.max(most.get(name) ?? 0, memoryOf(pid)?.peakRssMb ?? Number.NaN));
    },
    mostMb: () => most,
  };
}

async function drain(context: CaseContext, count: number): Promise<{ rate: number; peakMb: number }> {
  const memory = watchMemory();
  const { rig } = context;
  const { rate } = await drainOurs(context, count, {
    peerUrl: ingestUrl(rig),
    onDrained: (workers) => memory.look([...workers, rig.ingest]),
  });
  return { rate, peakMb: Math.max(...memory.mostMb().values()) };
}

/** A backlog five times as large: does the rate hold, and does memory stay flat? */
export const backlog: BenchCase = {
  name: 'backlog',
  what: 'drain of a backlog five times as large: rate, and memory of each process',
  async run(context) {
    const { rows, count } = context;
    const large = count * TIMES;
    await rows.fill(large);
    const small = await drain(context, count);
    const big = await drain(context, large);
    const after = await drain(context, count);
    const usual = median([small.rate, after.rate]);
    return [
      {
        case: 'backlog',
        what: `drain of ${large} changed rows`,
        ours: big.rate,
        reference: usual,
        beside: `ours, ${count} rows`,
        unit: 'rows/s',
        ratio: big.rate / usual,
        target: { of: 'ratio', atLeast: 0.8 },
      },
      {
        case: 'backlog',
        what: 'peak resident memory of worker or ingest',
        ours: big.peakMb,
        reference: small.peakMb,
        beside: `ours, ${count} rows`,
        unit: 'MB',
        ratio: big.peakMb / small.peakMb,
        target: { of: 'ours', atMost: MOST_MB },
      },
    ];
  },
};

import { compared, type BenchCase, type CaseContext } from '../case.ts';
import { ingestUrl } from '../ours.ts';
import type { Drained } from '../progress.ts';
import type { Shape } from '../rig/border.ts';
import { drainOurs, drainReference, steadily } from './drain.ts';

/** The border that shaped cases share. */
export const BORDER: Shape = { rttMs: 200, megabitsPerSecond: 2 };
const LINK = 'bench-border';

/** Where China's ingest is found over a link of this shape, while `work` runs. */
export async function overBorder<Result>(
  { rig }: CaseContext,
  upstream: string,
  shape: Shape,
  work: (through: string) => Promise<Result>,
): Promise<Result> {
  const through = await rig.border.open(LINK, upstream, shape);
  try {
    return await work(through);
  } finally {
    await rig.border.close(LINK);
  }
}

function oursOver(context: CaseContext, count: number, env: Readonly<Record<string, string>>, times: Times): Promise<Drained> {
  const { rig } = context;
  return overBorder(context, new URL(ingestUrl(rig)).host, BORDER, (through) =>
    drainOurs(context, count, {
      peerUrl: `http://${through}`,
      env,
      measure: steadily(context, count, times),
      beforeRest: () => rig.border.widen(LINK),
    }),
  );
}

interface Times {
  readonly warmUpMs: number;
  readonly windowMs: number;
}

/** The same backlog over a border of 200 ms round trip and 2 Mbit/s a flow: one flow, and as the worker is configured by default. */
export const border: BenchCase = {
  name: 'border',
  what: 'the same over 200 ms round trip and 2 Mbit/s a flow: one flow, and as configured by default',
  async run(context) {
    const { rig, rows, count, repeat, quick } = context;
    await rows.fill(count);
    const times: Times = quick ? { warmUpMs: 1_000, windowMs: 8_000 } : { warmUpMs: 4_000, windowMs: 20_000 };
    const one = [];
    const many = [];
    for (let n = 0; n < repeat; n += 1) {
      const reference = await overBorder(context, `127.0.0.1:${rig.world.port}`, BORDER, (through) =>
        drainReference(context, count, { through, measure: steadily(context, count, times) }),
      );
      const flow = await oursOver(context, count, { PEER_CONNECTIONS: '1' }, times);
      const flows = await oursOver(context, count, {}, { ...times, warmUpMs: quick ? 500 : 2_000 });
      one.push({ ours: flow.rate, reference: reference.rate });
      many.push({ ours: flows.rate, reference: reference.rate });
    }
    const base = { case: 'border', unit: 'rows/s' };
    return [
      compared({ ...base, what: `steady rate over 200 ms and 2 Mbit/s, one flow`, target: { of: 'ratio', atLeast: 5 } }, one),
      compared({ ...base, what: `the same, as configured by default`, target: { of: 'ratio', atLeast: 20 } }, many),
    ];
  },
};

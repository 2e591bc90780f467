import { askCloud, cloudRuns, type CloudFault, type Tally } from './cloud-control.ts';
import type { AppliedFault } from './fault.ts';
import { regionOf } from './fault-region.ts';
import type { FaultContext } from './kind.ts';
import { cloudControl } from '../topology/processes.ts';

export interface CloudFaultRequest {
  /** Also the name of the link over which the component is reached. */
  readonly target: string;
  readonly fault: CloudFault;
  readonly body: object;
  /** Whether clients are to be led by way of what does the fault, since the server itself knows nothing of it. */
  readonly isLed: boolean;
  readonly summaryOf: (tally: Tally) => string;
}

/** Applies a fault that a cloud process keeps in its memory, and counts on when the process begins anew. */
export async function applyCloudFault(context: FaultContext, request: CloudFaultRequest): Promise<Omit<AppliedFault, 'kind' | 'target'>> {
  const { target, fault, body, isLed, summaryOf } = request;
  const region = regionOf(target);
  let counted: Tally = { seen: 0, struck: 0 };
  /** What it had done in processes that are gone, as far as that was asked in time. */
  let earlier: Tally = counted;

  const sum = (): Tally => ({ seen: earlier.seen + counted.seen, struck: earlier.struck + counted.struck });
  const summary = (tally: Tally | null): string => {
    counted = tally ?? counted;
    return summaryOf(sum());
  };
  async function apply(): Promise<void> {
    const upstream = isLed ? { upstream: context.address(target) } : {};
    const { entrance } = await askCloud(context, region, 'PUT', fault, { ...body, ...upstream });
    if (entrance !== null) await context.detour(target, entrance);
  }
  async function withdraw(): Promise<Tally | null> {
    const { tally, others } = cloudRuns(context, region) ? await askCloud(context, region, 'DELETE', fault) : { tally: null, others: 0 };
    if (isLed && others === 0) await context.detour(target, null);
    return tally;
  }

  try {
    await apply();
  } catch (error) {
    await withdraw().catch(() => undefined);
    throw error;
  }
  return {
    summary: summary(null),
    heal: async () => summary(await withdraw()),
    summarize: async () => summary((await askCloud(context, region, 'GET', fault)).tally),
    restored: {
      // The process comes back without a memory; the server behind it may come back elsewhere.
      on: isLed ? [cloudControl(region), target] : [cloudControl(region)],
      async again() {
        const { tally } = await askCloud(context, region, 'GET', fault);
        if (tally === null) {
          earlier = sum();
          counted = { seen: 0, struck: 0 };
        }
        await apply();
      },
    },
  };
}

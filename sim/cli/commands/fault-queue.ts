import { randomInt } from 'node:crypto';
import type { QueueAction } from '../../faults/queue.ts';
import type { Region } from '../../topology/regions.ts';
import type { CliConfig } from '../config.ts';
import { breakAndReport, type FaultOptions } from '../faults.ts';

interface QueueOptions extends FaultOptions {
  /** A fraction. */
  readonly share: number;
  /** Seconds. */
  readonly delay: number;
  readonly seed?: number;
}

/** Breaks a region's queue until it is healed. A seed that was not given is chosen, and shown. */
export async function breakQueue(config: CliConfig, region: Region, action: QueueAction, options: QueueOptions): Promise<void> {
  const seed = options.seed ?? randomInt(1_000_000);
  const params = { share: options.share, seed, delaySeconds: options.delay };
  await breakAndReport(config, () => ({ kind: `queue-${action}`, targets: [`${region}:queue`], params }), options);
}

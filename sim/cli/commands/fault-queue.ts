import { randomInt } from 'node:crypto';
import type { QueueAction } from '../../faults/queue.ts';
import type { Region } from '../../topology/regions.ts';
import type { CliConfig } from '../config.ts';
import { UsageFailure } from '../failure.ts';
import { breakAndReport, type FaultOptions } from '../faults.ts';

const DELAY_SECONDS = 30;

interface QueueOptions extends FaultOptions {
  /** A fraction. */
  readonly share: number;
  /** Seconds. */
  readonly delay?: number;
  readonly seed?: number;
}

/** Breaks a region's queue until it is healed. A seed that was not given is chosen, and shown. */
export async function breakQueue(config: CliConfig, region: Region, action: QueueAction, options: QueueOptions): Promise<void> {
  const seed = options.seed ?? randomInt(1_000_000);
  if (action !== 'delay' && options.delay !== undefined) {
    throw new UsageFailure(
      `--delay says by how much messages are delayed, and ${action} delays none`,
      `npm run sim -- fault queue ${region} delay --delay 30s`,
    );
  }
  const params = { share: options.share, seed, delaySeconds: options.delay ?? DELAY_SECONDS };
  await breakAndReport(config, () => ({ kind: `queue-${action}`, targets: [`${region}:queue`], params }), options);
}

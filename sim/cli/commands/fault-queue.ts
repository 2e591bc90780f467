import { randomInt } from 'node:crypto';
import type { QueueAction } from '../../faults/queue.ts';
import type { Region } from '../../topology/regions.ts';
import type { CliConfig } from '../config.ts';
import { askSupervisor, requireTwin } from '../control-client.ts';
import { reportFaults, type FaultOptions } from '../faults.ts';

interface QueueOptions extends FaultOptions {
  /** A fraction. */
  readonly share: number;
  /** Seconds. */
  readonly delay: number;
  readonly seed?: number;
}

/** Breaks a region's queue until it is healed. A seed that was not given is chosen, and shown. */
export async function breakQueue(config: CliConfig, region: Region, action: QueueAction, options: QueueOptions): Promise<void> {
  const { supervisor } = await requireTwin(config.paths);
  const seed = options.seed ?? randomInt(1_000_000);
  const params = { share: options.share, seed, delaySeconds: options.delay };
  const request = { kind: `queue-${action}`, targets: [`${region}:queue`], forMs: options.for ?? null, params };
  reportFaults(await askSupervisor(supervisor, 'POST', '/faults', request), options);
}

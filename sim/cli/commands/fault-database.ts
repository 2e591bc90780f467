import type { DatabaseAction } from '../../faults/database.ts';
import type { Region } from '../../topology/regions.ts';
import type { CliConfig } from '../config.ts';
import { askSupervisor, requireTwin } from '../control-client.ts';
import { reportFaults, type FaultOptions } from '../faults.ts';

/** Breaks a region's database until it is healed. */
export async function breakDatabase(config: CliConfig, region: Region, action: DatabaseAction, options: FaultOptions): Promise<void> {
  const { supervisor } = await requireTwin(config.paths);
  const request = { kind: `database-${action}`, targets: [`${region}:postgres`], forMs: options.for ?? null, params: {} };
  reportFaults(await askSupervisor(supervisor, 'POST', '/faults', request), options);
}

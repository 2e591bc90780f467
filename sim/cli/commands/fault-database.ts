import type { DatabaseAction } from '../../faults/database.ts';
import type { Region } from '../../topology/regions.ts';
import type { CliConfig } from '../config.ts';
import { breakAndReport, type FaultOptions } from '../faults.ts';

/** Breaks a region's database until it is healed. */
export async function breakDatabase(config: CliConfig, region: Region, action: DatabaseAction, options: FaultOptions): Promise<void> {
  await breakAndReport(config, () => ({ kind: `database-${action}`, targets: [`${region}:postgres`], params: {} }), options);
}

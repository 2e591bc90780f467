import { Argument, type Command } from 'commander';
import { databaseActions } from '../../faults/database.ts';
import { parseSpan } from '../../faults/quantities.ts';
import { regions } from '../../topology/regions.ts';
import type { CliConfig } from '../config.ts';
import { argument, examples } from '../usage.ts';

const what = `
read-only  the services' sessions end, and new ones may write nothing (25006): a failover, or a full disk
exhaust    the services' sessions end, and no new one is to be had (53300): all connections are taken

Both reach the services and the migrations alone: \`sim status\` and \`sim psql\` still see. Neither survives \`sim down\`.
`;

/** The faults of databases, below `sim fault`. */
export function addDatabaseFaults(fault: Command, config: CliConfig): void {
  fault
    .command('database')
    .description('make a database read-only, or let nobody connect')
    .addArgument(new Argument('<region>', 'whose database').choices(regions))
    .addArgument(new Argument('<action>', 'what is wrong with it').choices(databaseActions))
    .option('--for <time>', 'heal by itself after this time', argument(parseSpan))
    .option('--json', 'report as JSON')
    .addHelpText('after', what + examples('sim fault database china read-only --for 1m', 'sim fault database world exhaust'))
    .action(async (region, action, options) =>
      (await import('../commands/fault-database.ts')).breakDatabase(config, region, action, options),
    );
}

import type { Command } from 'commander';
import type { CliConfig } from '../config.ts';
import { examples, parseCount } from '../usage.ts';

/** status, logs. */
export function addViewCommands(program: Command, config: CliConfig): void {
  program
    .command('status')
    .description('what runs where, the state of every link, and how far sync is')
    .option('--json', 'report as JSON')
    .addHelpText('after', examples('sim status', "sim status --json | jq '.sync'"))
    .action(async (options) => (await import('../commands/status.ts')).status(config, options));
  program
    .command('logs')
    .description('what the processes wrote')
    .argument('[name...]', 'processes, components or services; all when none is named')
    .option('-f, --follow', 'go on showing what is written')
    .option('-n, --lines <count>', 'lines of each log', parseCount, 50)
    .addHelpText('after', examples('sim logs', 'sim logs china-services -f', 'sim logs supervisor -n 200'))
    .action(async (names, options) => (await import('../commands/logs.ts')).logs(config, names, options));
}

import type { Command } from 'commander';
import { parseDuration, parseRate, parseSpan } from '../../faults/quantities.ts';
import { addDatabaseFaults } from './fault-database.ts';
import { addProcessFaults } from './fault-process.ts';
import { addQueueFaults } from './fault-queue.ts';
import { addSecretFaults } from './fault-secret.ts';
import type { CliConfig } from '../config.ts';
import { argument, examples } from '../usage.ts';

/** fault and what belongs to it. */
export function addFaultCommands(program: Command, config: CliConfig): void {
  const fault = program
    .command('fault')
    .description('break links, processes and more by name, and heal them')
    .usage('list | cut LINK | slow LINK | kill|stop|idle|continue PROCESS | queue|database|secret REGION ... | heal [NAME]')
    .addHelpText(
      'after',
      `\nLINK is a link such as border:world-china or china:queue, or a group: border, world, china.${examples('sim fault list', 'sim fault cut border')}`,
    );
  fault
    .command('list')
    .description('the links and their faults')
    .option('--json', 'report as JSON')
    .addHelpText('after', examples('sim fault list'))
    .action(async (options) => (await import('../commands/fault.ts')).listFaults(config, options));
  fault
    .command('cut')
    .description('refuse all connections, until healed')
    .argument('<link>', 'a link or a group')
    .option('--direction <a-b>', 'of the border, only what goes from a to b')
    .option('--blackhole', 'swallow everything instead of refusing it: peers wait for their timeouts')
    .option('--for <time>', 'heal by itself after this time', argument(parseSpan))
    .option('--json', 'report as JSON')
    .addHelpText(
      'after',
      examples(
        'sim fault cut border --for 30s',
        'sim fault cut border --direction world-china',
        'sim fault cut china:postgres --blackhole',
      ),
    )
    .action(async (link, options) => (await import('../commands/fault.ts')).cut(config, link, options));
  fault
    .command('slow')
    .description('add delay, or limit the rate, until healed')
    .argument('<link>', 'a link or a group')
    .option('--rtt <time>', 'added to each round trip (half of it to each stream)', argument(parseDuration))
    .option('--jitter <time>', 'by how much the round trip varies', argument(parseDuration))
    .option('--rate <rate>', 'what each stream carries a second, such as 2mbit', argument(parseRate))
    .option('--direction <a-b>', 'of the border, only what goes from a to b')
    .option('--for <time>', 'heal by itself after this time', argument(parseSpan))
    .option('--json', 'report as JSON')
    .addHelpText('after', examples('sim fault slow border --rtt 200ms', 'sim fault slow border --rtt 300ms --jitter 40ms --rate 2mbit'))
    .action(async (link, options) => (await import('../commands/fault.ts')).slow(config, link, options));
  fault
    .command('heal')
    .description('take faults away: all, or those of a name')
    .argument('[name]', 'a link or a group, a process, or the id of a fault; all when none is named')
    .option('--json', 'report as JSON')
    .addHelpText('after', examples('sim fault heal', 'sim fault heal border:china-world'))
    .action(async (link, options) => (await import('../commands/fault.ts')).heal(config, link, options));
  addProcessFaults(fault, config);
  addQueueFaults(fault, config);
  addDatabaseFaults(fault, config);
  addSecretFaults(fault, config);
}

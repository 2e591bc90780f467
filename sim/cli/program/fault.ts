import { type Command, InvalidArgumentError } from 'commander';
import { addDatabaseFaults } from './fault-database.ts';
import { addLinkFaults, whatLinks } from './fault-link.ts';
import { addProcessFaults } from './fault-process.ts';
import { addQueueFaults } from './fault-queue.ts';
import { addSecretFaults } from './fault-secret.ts';
import type { CliConfig } from '../config.ts';
import { examples, parseCount } from '../usage.ts';

/** fault and what belongs to it. */
export function addFaultCommands(program: Command, config: CliConfig): void {
  const fault = program
    .command('fault')
    .description('break links, processes and more by name, and heal them')
    .usage(
      'list | cut|slow|reset|limit|slice LINK | preset NAME [LINK] | kill|stop|idle|continue PROCESS | queue|database|secret REGION ... | run FILE | heal [NAME]',
    )
    .addHelpText('after', `\n${whatLinks}\n${examples('sim fault list', 'sim fault cut border', 'sim fault preset border-evening')}`);
  fault
    .command('list')
    .description('the links and their faults')
    .option('--json', 'report as JSON')
    .addHelpText('after', examples('sim fault list'))
    .action(async (options) => (await import('../commands/fault.ts')).listFaults(config, options));
  addLinkFaults(fault, config);
  fault
    .command('run')
    .description('break and heal by a schedule, in the foreground; Ctrl-C heals what it has broken')
    .argument('<file>', 'a schedule in YAML or JSON, such as those in chaos/schedules')
    .option('--speed <factor>', 'run the times of the schedule so much faster, such as 2x', readSpeed, 1)
    .option('--seed <number>', 'of what the schedule leaves to chance, in place of its own', parseCount)
    .option('--dry-run', 'show the plan and break nothing')
    .option('--json', 'one JSON document a line for each thing that happens')
    .addHelpText(
      'after',
      examples('sim fault run chaos/schedules/evening.yaml --dry-run', 'sim fault run chaos/schedules/evening.yaml --speed 4x'),
    )
    .action(async (file, options) => (await import('../commands/fault-run.ts')).runSchedule(config, file, options));
  fault
    .command('heal')
    .description('take faults away: all, or those of names')
    .argument('[name...]', 'links, groups or patterns, processes, or ids of faults; all when none is named')
    .option('--json', 'report as JSON')
    .addHelpText('after', examples('sim fault heal', 'sim fault heal border:china-world', 'sim fault heal f3'))
    .action(async (names, options) => (await import('../commands/fault.ts')).heal(config, names, options));
  addProcessFaults(fault, config);
  addQueueFaults(fault, config);
  addDatabaseFaults(fault, config);
  addSecretFaults(fault, config);
}

function readSpeed(text: string): number {
  const speed = Number(text.replace(/x$/i, ''));
  if (!Number.isFinite(speed) || speed <= 0) throw new InvalidArgumentError('a factor is needed, such as 2x or 0.5x');
  return speed;
}

import type { Command } from 'commander';
import { parseSkew, parseSpan } from '../../faults/quantities.ts';
import type { CliConfig } from '../config.ts';
import { argument, examples } from '../usage.ts';

const what = 'a process, component or service: china-services, world:postgres, catalog (that of both regions)';

/** The faults of processes, below `sim fault`. */
export function addProcessFaults(fault: Command, config: CliConfig): void {
  const commands = [
    ['kill', 'end it with SIGKILL, as a machine that dies; `fault heal` starts it again', 'sim fault kill world:postgres --for 10s'],
    ['stop', 'freeze it where it stands (SIGSTOP)', 'sim fault stop china-services --for 30s'],
    ['idle', 'freeze services between requests, as App Runner does', 'sim fault idle world-services'],
  ] as const;
  for (const [action, description, example] of commands) {
    fault
      .command(action)
      .description(description)
      .argument('<name>', what)
      .option('--for <time>', 'heal by itself after this time', argument(parseSpan))
      .option('--json', 'report as JSON')
      .addHelpText('after', examples(example))
      .action(async (name, options) => (await import('../commands/fault-process.ts')).breakProcess(config, action, name, options));
  }
  fault
    .command('clock')
    .description('set the wall clock of a service ahead or behind, while it runs')
    .argument('<name>', 'a service or its process: china-services, catalog (that of both regions)')
    .requiredOption('--skew <time>', 'how far, such as +5m (ahead) or -30s (behind)', argument(parseSkew))
    .option('--for <time>', 'heal by itself after this time', argument(parseSpan))
    .option('--json', 'report as JSON')
    .addHelpText('after', examples('sim fault clock china-services --skew +10m --for 1m', 'sim fault clock auth --skew=-90s'))
    .action(async (name, options) => (await import('../commands/fault-process.ts')).skewClock(config, name, options));
  fault
    .command('continue')
    .description('let what was stopped or idle go on')
    .argument('<name>', what)
    .option('--json', 'report as JSON')
    .addHelpText('after', examples('sim fault continue china-services'))
    .action(async (name, options) => (await import('../commands/fault-process.ts')).letContinue(config, name, options));
}

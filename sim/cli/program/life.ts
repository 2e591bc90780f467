import { type Command, Option } from 'commander';
import type { CliConfig } from '../config.ts';
import { examples } from '../usage.ts';

/** up, down, restart. */
export function addLifeCommands(program: Command, config: CliConfig): void {
  program
    .command('up')
    .description('start both regions; returns when everything answers')
    .addOption(new Option('--embedded', 'everything from npm alone (the default)').conflicts('docker'))
    .option('--docker', "the vendors' own emulators, in containers (needs Docker)")
    .addOption(
      new Option('--region <name>', 'the world alone; a later `sim up` adds China and fills it').choices(['world']).conflicts('docker'),
    )
    .option('--split', 'each service in a process of its own, as production runs them')
    .addOption(
      new Option('--image', 'the services from the production image (implies --docker)').implies({ docker: true }).conflicts('embedded'),
    )
    .option(
      '--second-factor',
      'a role of staff counts with a second factor only, as in production; what signs in by itself (imports, load) has none',
    )
    .option('--no-watch', 'do not start services anew when their files change')
    .option('--fresh', 'throw away the data of an earlier run first')
    .option('--snapshot <name>', 'start from what `sim snapshot save` saved (with --fresh, or where there is no data yet)')
    .option('--foreground', 'stay and show the logs; Ctrl-C takes the twin down')
    .option('--json', 'print the status as JSON when it is up')
    .addHelpText(
      'after',
      examples(
        'sim up',
        'sim up --fresh',
        'sim up --fresh --snapshot full',
        'sim up --split',
        'sim up --region world',
        'sim up --docker --image',
      ),
    )
    .action(async (options) => (await import('../commands/up.ts')).up(config, options));
  program
    .command('down')
    .description('stop everything; the data stays')
    .option('--wipe', 'remove the data, the secrets and the logs too')
    .option('--json', 'report as JSON')
    .addHelpText('after', examples('sim down', 'sim down --wipe'))
    .action(async (options) => (await import('../commands/down.ts')).down(config, options));
  program
    .command('restart')
    .description('start one process again: by its name, or that of a component or service in it')
    .argument('<name>', 'for example china-services, world:queue, or catalog (that of both regions)')
    .option('--rolling', 'the new one first, then the old one ends its requests: for services, which nobody misses meanwhile')
    .option('--json', 'report as JSON')
    .addHelpText('after', examples('sim restart world-services', 'sim restart catalog --rolling', 'sim restart china:postgres'))
    .action(async (name, options) => (await import('../commands/restart.ts')).restart(config, name, options));
}

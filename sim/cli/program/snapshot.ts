import { type Command, Option } from 'commander';
import type { CliConfig } from '../config.ts';
import { examples } from '../usage.ts';

/** snapshot and what belongs to it. */
export function addSnapshotCommands(program: Command, config: CliConfig): void {
  const snapshot = program
    .command('snapshot')
    .description('save the whole twin under a name, and put it back: databases, queues, secrets, mail')
    .usage('save NAME | load NAME | list | remove NAME')
    .addHelpText(
      'after',
      `\nThey belong to the checkout, and outlive \`sim down --wipe\`.${examples('sim snapshot save full', 'sim snapshot load full')}`,
    );
  snapshot
    .command('save')
    .description('save the twin that is up; it stands still for a moment and goes on')
    .argument('<name>')
    .option('--note <text>', 'what it is good for; shown by `list`')
    .option('--replace', 'put it in the place of one of that name')
    .option('--json', 'report as JSON')
    .addHelpText('after', examples('sim snapshot save full --note "the whole file imported"', 'sim snapshot save full --replace'))
    .action(async (name, options) => (await import('../commands/snapshot.ts')).save(config, name, options));
  snapshot
    .command('load')
    .description('put the twin that is up back to where it was saved; `sim up --fresh --snapshot NAME` starts one from it')
    .argument('<name>')
    .addOption(new Option('--region <name>', 'with --only: whose database').choices(['world', 'china']))
    .addOption(
      new Option('--only <part>', "a region's database alone, as one restored from an old backup: its services run on").choices([
        'database',
      ]),
    )
    .option('--json', 'report as JSON')
    .addHelpText('after', examples('sim snapshot load full', 'sim snapshot load full --region world --only database'))
    .action(async (name, options) => (await import('../commands/snapshot.ts')).load(config, name, options));
  snapshot
    .command('list')
    .description('the snapshots of this checkout')
    .option('--json', 'report as JSON')
    .addHelpText('after', examples('sim snapshot list'))
    .action(async (options) => (await import('../commands/snapshot.ts')).list(options));
  snapshot
    .command('remove')
    .description('throw a snapshot away')
    .argument('<name>')
    .option('--json', 'report as JSON')
    .addHelpText('after', examples('sim snapshot remove full'))
    .action(async (name, options) => (await import('../commands/snapshot.ts')).remove(name, options));
}

import { Argument, type Command, Option } from 'commander';
import { parseDuration } from '../../faults/quantities.ts';
import { serviceRoles } from '../../postgres/provision.ts';
import type { CliConfig } from '../config.ts';
import { argument, examples } from '../usage.ts';

/** otp, token, psql, exec, doctor. */
export function addToolCommands(program: Command, config: CliConfig): void {
  const region = (): Option => new Option('--region <name>', 'whose message').choices(['world', 'china']);
  program
    .command('otp')
    .description('the last sign-in code that was sent to a mail address or a telephone number')
    .argument('<address>')
    .addOption(region())
    .addOption(new Option('--wait <time>', 'how long to wait for it').argParser(argument(parseDuration)).default(5000, '5s'))
    .option('--json', 'report as JSON')
    .addHelpText('after', examples('sim otp ada@madeinworld.example', 'sim otp +8613800138000 --region china'))
    .action(async (address, options) => (await import('../commands/otp.ts')).otp(config, address, options));
  program
    .command('token')
    .description("an access token of the twin's staff, for calling a region's API by hand; kept in the twin's folder until it expires")
    .addArgument(new Argument('[region]', "one region's alone").choices(['world', 'china']))
    .option('--renew', 'sign in anew, whatever is kept')
    .option('--json', 'with the address of the API and the time at which it expires')
    .addHelpText('after', examples('sim token world', 'sim token --json'))
    .action(async (name, options) => (await import('../commands/token.ts')).token(config, name, options));
  program
    .command('psql')
    .description("a prompt on a region's database (psql where it is installed, else a small one); reads a script from stdin too")
    .argument('<region>', 'world or china')
    .argument('[args...]', "after --: psql's own arguments")
    .option('--role <name>', `one of ${serviceRoles.join(', ')}; or inspector (reads everything, writes nothing)`, 'inspector')
    .addHelpText(
      'after',
      examples('sim psql world', `sim psql china -- -c 'SELECT count(*) FROM catalog.product'`, "echo 'SELECT 1' | sim psql world"),
    )
    .action(async (name, args, options) => (await import('../commands/psql.ts')).psql(config, name, args, options));
  program
    .command('exec')
    .description("run a command with the twin's endpoints and credentials in its environment")
    .argument('<command...>', 'after --: the command and its arguments')
    .passThroughOptions()
    .addHelpText('after', examples('sim exec -- aws sqs list-queues', `sim exec -- sh -c 'curl -s $WORLD_API_URL/v1/products'`))
    .action(async (command) => (await import('../commands/exec.ts')).exec(config, command));
  program
    .command('doctor')
    .description('what is wrong with this machine or twin, and the command that mends it')
    .option('--json', 'report as JSON')
    .addHelpText('after', examples('sim doctor'))
    .action(async (options) => (await import('../commands/doctor.ts')).doctor(config, options));
}

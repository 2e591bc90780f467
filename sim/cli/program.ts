import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Argument, Command, Option } from 'commander';
import { parseDuration, parseRate, parseSpan } from '../faults/quantities.ts';
import { checkoutDir } from '../paths.ts';
import type { CliConfig } from './config.ts';
import { argument, examples, parseCount, pointToHelp } from './usage.ts';

/** Everything but the form of the commands is loaded when it runs, so that `--help` is quick. */
export async function createProgram(config: CliConfig): Promise<Command> {
  const program = new Command('sim')
    .description('The local twin of both clouds: brings it up, shows it, breaks it and mends it.')
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'sim: ')) })
    .enablePositionalOptions()
    .showSuggestionAfterError()
    .version(version(), '--version', 'show the version')
    .helpOption('-h, --help', 'show help')
    .helpCommand('help [command]', 'show help for a command')
    .usage('COMMAND [options]     (npm run sim -- COMMAND [options])');
  addLifeCommands(program, config);
  addViewCommands(program, config);
  addFaultCommands(program, config);
  addToolCommands(program, config);
  await addImportCommand(program, config);
  pointToHelp(program);
  program.addHelpText('after', examples('sim up', 'sim import --sample', 'sim fault cut border --for 30s', 'sim status'));
  return program;
}

function version(): string {
  return /"version": *"([^"]+)"/.exec(readFileSync(join(checkoutDir, 'package.json'), 'utf8'))?.[1] ?? 'unknown';
}

function addLifeCommands(program: Command, config: CliConfig): void {
  program
    .command('up')
    .description('start both regions; returns when everything answers')
    .addOption(new Option('--embedded', 'everything from npm alone (the default)').conflicts('docker'))
    .option('--docker', "the vendors' own emulators, in containers (needs Docker)")
    .addOption(
      new Option('--region <name>', 'the world alone; a later `sim up` adds China and fills it').choices(['world']).conflicts('docker'),
    )
    .option('--fresh', 'throw away the data of an earlier run first')
    .option('--foreground', 'stay and show the logs; Ctrl-C takes the twin down')
    .option('--json', 'print the status as JSON when it is up')
    .addHelpText('after', examples('sim up', 'sim up --fresh', 'sim up --region world', 'sim up --docker --json'))
    .action(async (options) => (await import('./commands/up.ts')).up(config, options));
  program
    .command('down')
    .description('stop everything; the data stays')
    .option('--wipe', 'remove the data, the secrets and the logs too')
    .option('--json', 'report as JSON')
    .addHelpText('after', examples('sim down', 'sim down --wipe'))
    .action(async (options) => (await import('./commands/down.ts')).down(config, options));
  program
    .command('restart')
    .description('start one process again: by its name, or that of a component or service in it')
    .argument('<name>', 'for example china-services, world:queue, or catalog (that of both regions)')
    .option('--json', 'report as JSON')
    .addHelpText('after', examples('sim restart world-services', 'sim restart catalog', 'sim restart china:postgres'))
    .action(async (name, options) => (await import('./commands/restart.ts')).restart(config, name, options));
}

function addViewCommands(program: Command, config: CliConfig): void {
  program
    .command('status')
    .description('what runs where, the state of every link, and how far sync is')
    .option('--json', 'report as JSON')
    .addHelpText('after', examples('sim status', "sim status --json | jq '.sync'"))
    .action(async (options) => (await import('./commands/status.ts')).status(config, options));
  program
    .command('logs')
    .description('what the processes wrote')
    .argument('[name...]', 'processes, components or services; all when none is named')
    .option('-f, --follow', 'go on showing what is written')
    .option('-n, --lines <count>', 'lines of each log', parseCount, 50)
    .addHelpText('after', examples('sim logs', 'sim logs china-services -f', 'sim logs supervisor -n 200'))
    .action(async (names, options) => (await import('./commands/logs.ts')).logs(config, names, options));
}

function addFaultCommands(program: Command, config: CliConfig): void {
  const fault = program
    .command('fault')
    .description('cut and slow links by name')
    .usage('list | cut LINK | slow LINK | heal [LINK]')
    .addHelpText(
      'after',
      `\nLINK is a link such as border:world-china or china:queue, or a group: border, world, china.${examples('sim fault list', 'sim fault cut border')}`,
    );
  fault
    .command('list')
    .description('the links and their faults')
    .option('--json', 'report as JSON')
    .addHelpText('after', examples('sim fault list'))
    .action(async (options) => (await import('./commands/fault.ts')).listFaults(config, options));
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
    .action(async (link, options) => (await import('./commands/fault.ts')).cut(config, link, options));
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
    .action(async (link, options) => (await import('./commands/fault.ts')).slow(config, link, options));
  fault
    .command('heal')
    .description('take the faults away')
    .argument('[link]', 'a link or a group; all when none is named')
    .option('--json', 'report as JSON')
    .addHelpText('after', examples('sim fault heal', 'sim fault heal border:china-world'))
    .action(async (link, options) => (await import('./commands/fault.ts')).heal(config, link, options));
}

function addToolCommands(program: Command, config: CliConfig): void {
  const region = (): Option => new Option('--region <name>', 'whose mail').choices(['world', 'china']);
  program
    .command('otp')
    .description('the last sign-in code that was mailed to an address')
    .argument('<address>')
    .addOption(region())
    .addOption(new Option('--wait <time>', 'how long to wait for it').argParser(argument(parseDuration)).default(5000, '5s'))
    .option('--json', 'report as JSON')
    .addHelpText('after', examples('sim otp ada@madeinworld.example'))
    .action(async (address, options) => (await import('./commands/otp.ts')).otp(config, address, options));
  program
    .command('token')
    .description("an access token of the twin's staff, for calling a region's API by hand; kept in the twin's folder until it expires")
    .addArgument(new Argument('[region]', "one region's alone").choices(['world', 'china']))
    .option('--renew', 'sign in anew, whatever is kept')
    .option('--json', 'with the address of the API and the time at which it expires')
    .addHelpText('after', examples('sim token world', 'sim token --json'))
    .action(async (name, options) => (await import('./commands/token.ts')).token(config, name, options));
  program
    .command('psql')
    .description("a prompt on a region's database (psql where it is installed, else a small one); reads a script from stdin too")
    .argument('<region>', 'world or china')
    .argument('[args...]', 'after --: arguments for psql')
    .option('--role <name>', 'migrator, auth, catalog, sync or inspector (reads everything, writes nothing)', 'inspector')
    .addHelpText(
      'after',
      examples('sim psql world', `sim psql china -- -c 'SELECT count(*) FROM catalog.product'`, "echo 'SELECT 1' | sim psql world"),
    )
    .action(async (name, args, options) => (await import('./commands/psql.ts')).psql(config, name, args, options));
  program
    .command('exec')
    .description("run a command with the twin's endpoints and credentials in its environment")
    .argument('<command...>', 'after --: the command and its arguments')
    .passThroughOptions()
    .addHelpText('after', examples('sim exec -- aws sqs list-queues', `sim exec -- sh -c 'curl -s $WORLD_API_URL/v1/products'`))
    .action(async (command) => (await import('./commands/exec.ts')).exec(config, command));
  program
    .command('doctor')
    .description('what is wrong with this machine or twin, and the command that mends it')
    .option('--json', 'report as JSON')
    .addHelpText('after', examples('sim doctor'))
    .action(async (options) => (await import('./commands/doctor.ts')).doctor(config, options));
}

/** The importer is a part of its own; it is loaded only where it, or the list of commands, is asked for. */
async function addImportCommand(program: Command, config: CliConfig): Promise<void> {
  const [first] = process.argv.slice(2);
  const others = program.commands.map((command) => command.name());
  if (first !== undefined && others.includes(first)) return;
  if (!existsSync(join(checkoutDir, 'sim/import/command.ts'))) return;
  const { registerImport } = await import('#sim/import/command.ts');
  registerImport(program);
  void config;
}

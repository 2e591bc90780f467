import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { checkoutDir } from '../paths.ts';
import type { CliConfig } from './config.ts';
import { addFaultCommands } from './program/fault.ts';
import { addLifeCommands } from './program/life.ts';
import { addSnapshotCommands } from './program/snapshot.ts';
import { addToolCommands } from './program/tool.ts';
import { addViewCommands } from './program/view.ts';
import { examples, pointToHelp } from './usage.ts';

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
  addSnapshotCommands(program, config);
  addToolCommands(program, config);
  await addImportCommand(program, config);
  pointToHelp(program);
  program.addHelpText('after', examples('sim up', 'sim import --sample', 'sim fault cut border --for 30s', 'sim status'));
  return program;
}

function version(): string {
  return /"version": *"([^"]+)"/.exec(readFileSync(join(checkoutDir, 'package.json'), 'utf8'))?.[1] ?? 'unknown';
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

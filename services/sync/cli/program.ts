import { Command, InvalidArgumentError, Option } from 'commander';

import type { Region } from '#contracts/regions.ts';

import { discard, redrive, release, switchDirections, type ChangeOptions, type WaitingOptions } from './changes.ts';
import { reconcile, type ReconcileOptions } from './reconcile.ts';
import { status } from './status.ts';
import { findTargets, type CallSim, type Target, type TargetOptions } from './targets.ts';
import { trace } from './trace.ts';
import { audit, conflict, conflicts, deadLetters, parked, type ListOptions, type ViewOptions } from './views.ts';

type Given<Options> = Options & TargetOptions;

/** The operators' command line of sync. It talks to the regions' APIs over HTTP and to nothing else; `callSim` finds those of a local twin. */
export function createSyncProgram(callSim: CallSim): Command {
  const find = (options: TargetOptions): Promise<Target[]> => findTargets(options, callSim);
  const program = new Command('sync')
    .description('Looks after sync: what waits where and why, what to do about it, and the way that a row went.')
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'sync: ')) })
    .showSuggestionAfterError()
    .helpOption('-h, --help', 'show help')
    .helpCommand('help [command]', 'show help for a command')
    .usage('COMMAND [options]     (npm run sync -- COMMAND [options])');
  addViews(program, find);
  addChanges(program, find);
  addReconcile(program, find);
  program.addHelpText(
    'after',
    `
Without --url it asks the running twin, as its staff. Exit codes: 0 done, 1 not done, 2 a mistake of usage.
docs/operations.md says what each state and reason means, and what to do.

Examples:
  npm run sync -- status
  npm run sync -- trace 1a406e42-0594-568b-90da-05e5ff475d7b
  npm run sync -- pause --region world --reason 'the border is being moved'
  npm run sync -- status --url world=https://api.example --token-file world=world.token
`,
  );
  pointToHelp(program);
  return program;
}

type Find = (options: TargetOptions) => Promise<Target[]>;

function addViews(program: Command, find: Find): void {
  common(program.command('status').description('how each direction fares, and what waits in each region')).action(
    async (options: Given<ViewOptions>) => status(await find(options), options),
  );
  listing(program.command('conflicts').description('concurrent edits: which won, which lost'))
    .argument('[id]', 'one of them, with both versions', idOf)
    .action(async (id: string | undefined, options: Given<ListOptions>) =>
      id === undefined ? conflicts(await find(options), options) : conflict(await find(options), id),
    );
  listing(program.command('parked').description('what came and cannot be applied yet')).action(async (options: Given<ListOptions>) =>
    parked(await find(options), options),
  );
  listing(program.command('dead-letters').description('what was given up, on the side that keeps it')).action(
    async (options: Given<ListOptions>) => deadLetters(await find(options), options),
  );
  common(program.command('audit').description('what operators changed, the newest first'))
    .option('-n, --limit <count>', 'how many of each region', count, 50)
    .action(async (options: Given<ListOptions>) => audit(await find(options), options));
  common(program.command('trace').description("a row's way: commit, outbox, queue, border, apply, on both sides, and what is there now"))
    .argument('<key>', 'the id of a row')
    .option('--entity <name>', 'of this entity alone, such as catalog.product')
    .action(async (key: string, options: Given<{ entity?: string; json?: true }>) => trace(await find(options), key, options));
}

function addChanges(program: Command, find: Find): void {
  for (const action of ['pause', 'resume'] as const) {
    const what =
      action === 'pause' ? 'stop the direction that starts in a region; what it would send stays in outbox and queue' : 'let it go on';
    changing(program.command(action).description(what)).action(async (options: Given<ChangeOptions>) =>
      switchDirections(await find(options), action, options),
    );
  }
  changing(program.command('redrive').description('take dead letters up again; harmless where something newer was written since'))
    .argument('[id...]', 'dead letters of one region', (text: string, before: string[] | undefined) => [...(before ?? []), idOf(text)])
    .option('--all', 'all of the region')
    .option('--entity <name>', 'with --all: of this entity alone')
    .action(async (ids: string[], options: Given<WaitingOptions>) => redrive(await find(options), ids, options));
  changing(program.command('release').description('try a parked item now'))
    .argument('[entity]', 'such as catalog.product')
    .argument('[key]', 'the id of the row')
    .option('--all', 'all that is parked in the region')
    .option('--entity <name>', 'with --all: of this entity alone')
    .action(async (entity: string | undefined, key: string | undefined, options: Given<WaitingOptions>) =>
      release(
        await find(options),
        [entity, key].filter((part) => part !== undefined),
        options,
      ),
    );
  changing(program.command('discard').description('give up a parked item (it becomes a dead letter), or a dead letter (for good)'))
    .usage('ENTITY KEY | ID [options]')
    .argument('<what>', 'the entity of a parked item, or the id of a dead letter')
    .argument('[key]', 'the key of a parked item')
    .action(async (what: string, key: string | undefined, options: Given<ChangeOptions>) =>
      discard(
        await find(options),
        [what, key].filter((part) => part !== undefined),
        options,
      ),
    );
}

function addReconcile(program: Command, find: Find): void {
  changing(
    program.command('reconcile').description('compare both regions by digests, and send again what differs; one run looks both ways'),
    'world',
  )
    .option('--entity <name>', 'of this entity alone, such as catalog.product')
    .option('--dry-run', 'find and tell, repair nothing')
    .option('--deep', 'look at contents too, not at stamps alone')
    .option('--fill', 'this region is empty, new or restored: what it lacks was never here; of all entities, until nothing is left to do')
    .option('--no-wait', 'do not wait for its end')
    .option('--list', 'the latest runs, and begin none')
    .option('--findings <id>', 'what a run found', idOf)
    .option('--continue <id>', 'go on with a run that was interrupted', idOf)
    .option('--cancel <id>', 'let a run end at its next step', idOf)
    .addHelpText('after', "\nIt is run by the region that --region names; ids are that region's. Ctrl-C ends the waiting, not the run.\n")
    .action(async (options: Given<ReconcileOptions>) => reconcile(await find(options), options));
}

/** The options of every command. With `one`, the command is about a single region, that one unless it is said. */
function common(command: Command, one?: Region): Command {
  const regions: readonly (Region | 'both')[] = ['world', 'china', ...(one === undefined ? (['both'] as const) : [])];
  return command
    .addOption(new Option('--region <name>', 'whose').choices(regions).default(one ?? 'both'))
    .option('--json', 'report as JSON')
    .option('--url <region=url>', 'a front elsewhere instead of the twin; once a region', collect)
    .option('--token-file <region=file>', 'with --url: a file with an access token of an administrator', collect);
}

const listing = (command: Command): Command =>
  common(command)
    .option('--entity <name>', 'of this entity alone, such as catalog.product')
    .option('--key <key>', 'of this row alone')
    .option('-n, --limit <count>', 'how many of each region', count, 50);

const changing = (command: Command, one?: Region): Command =>
  common(command, one).option('-m, --reason <text>', 'why; it stands in the audit', 'no reason was given');

const collect = (value: string, before: readonly string[] | undefined): string[] => [...(before ?? []), value];

function idOf(text: string): string {
  if (!/^[0-9]{1,18}$/.test(text)) throw new InvalidArgumentError('an id is a number.');
  return text;
}

function count(text: string): number {
  if (!/^[1-9][0-9]{0,4}$/.test(text)) throw new InvalidArgumentError('a whole number from 1 to 99999 is needed.');
  return Number(text);
}

/** Lets each command say after a mistake of usage where its help is. */
function pointToHelp(program: Command): void {
  program.showHelpAfterError('\n  See: npm run sync -- --help');
  for (const child of program.commands) child.showHelpAfterError(`\n  See: npm run sync -- ${child.name()} --help`);
}

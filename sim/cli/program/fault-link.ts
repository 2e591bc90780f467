import { type Command, InvalidArgumentError, Option } from 'commander';
import type { LinkKind } from '../../faults/link-request.ts';
import { parseBytes, parseDuration, parseRate, parseShare, parseSpan } from '../../faults/quantities.ts';
import type { CliConfig } from '../config.ts';
import { argument, examples, parseCount } from '../usage.ts';

export const whatLinks =
  'LINK is a link such as border:world-china or china:queue, a group (border, world, china), or a pattern (world:*, *:postgres); several of\nthem one after the other, or with commas.';

interface Form {
  readonly kind: LinkKind;
  readonly description: string;
  readonly options: readonly Option[];
  readonly examples: readonly string[];
}

const bytes = (description: string): Option =>
  new Option('--bytes <count>', description).argParser(argument(parseBytes)).makeOptionMandatory();

const forms: readonly Form[] = [
  {
    kind: 'cut',
    description: 'refuse all connections, until healed',
    options: [new Option('--blackhole', 'swallow everything instead of refusing it: peers wait for their timeouts')],
    examples: [
      'sim fault cut border --for 30s',
      'sim fault cut border --direction world-china',
      'sim fault cut china:postgres --blackhole',
      'sim fault cut border:world-china --blackhole --stream down',
    ],
  },
  {
    kind: 'slow',
    description: 'add delay, or limit the rate, until healed',
    options: [
      new Option('--rtt <time>', 'added to each round trip (half of it to each stream)').argParser(argument(parseDuration)),
      new Option('--jitter <time>', 'by how much the round trip varies').argParser(argument(parseDuration)),
      new Option('--rate <rate>', 'what each stream of a connection carries a second, such as 2mbit').argParser(argument(parseRate)),
    ],
    examples: [
      'sim fault slow border --rtt 200ms',
      'sim fault slow border --rtt 300ms --jitter 40ms --rate 2mbit',
      "sim fault slow 'world:*' --rtt 1s --share 30%",
    ],
  },
  {
    kind: 'reset',
    description: 'reset connections (RST) when an answer comes down, so that what was asked is done; with --stream up before it is',
    options: [
      new Option('--after <time>', 'that long after the first data, which is held so long and lost').argParser(argument(parseDuration)),
    ],
    examples: ['sim fault reset border', 'sim fault reset world:postgres --after 5s --share 10%', 'sim fault reset border --stream up'],
  },
  {
    kind: 'limit',
    description: 'end each connection after so many bytes, in the middle of a message (of answers, where no stream is named)',
    options: [bytes('how many: 64kb, 64kib, 100b')],
    examples: ['sim fault limit border --bytes 64kb --stream up', 'sim fault limit china:queue --bytes 300b --for 1m'],
  },
  {
    kind: 'slice',
    description: 'let data arrive in small pieces, as a reader seldom sees it',
    options: [
      bytes('the size of a piece: 1b, 100b'),
      new Option('--delay <time>', 'between two pieces').argParser(argument(parseDuration)),
    ],
    examples: ['sim fault slice world:postgres --bytes 7b', 'sim fault slice border --bytes 100b --delay 5ms'],
  },
];

/** The faults of links, below `sim fault`. */
export function addLinkFaults(fault: Command, config: CliConfig): void {
  for (const form of forms) {
    const command = fault.command(form.kind).description(form.description).argument('<link...>', 'links, groups or patterns');
    for (const option of form.options) command.addOption(option);
    addCommon(command)
      .option('--share <percent>', 'of connections, drawn for each stream of each, such as 30%', argument(parseShare))
      .addHelpText('after', `\n${whatLinks}\n${examples(...form.examples)}`)
      .action(async (names, options) => (await import('../commands/fault-link.ts')).breakLinks(config, form.kind, names, options));
  }
  addCommon(
    fault
      .command('preset')
      .description('make links a network that there is: the border in the evening, a satellite, a line that comes and goes')
      .argument('<name>', 'as `fault presets` lists them')
      .argument('[link...]', 'links, groups or patterns; those of the preset when none is named')
      .option('--seed <number>', 'of what comes and goes: the same again', parseCount),
  )
    .addHelpText(
      'after',
      `\n${whatLinks}\n${examples('sim fault preset border-evening', 'sim fault preset flapping border --seed 7 --for 2m', 'sim fault preset satellite world:mail')}`,
    )
    .action(async (preset, names, options) =>
      (await import('../commands/fault-link.ts')).breakLinks(config, 'preset', names, { ...options, preset }),
    );
  fault
    .command('presets')
    .description('the presets: what each does to which links, and where its figures come from')
    .argument('[name]', 'one alone')
    .option('--json', 'report as JSON')
    .addHelpText('after', examples('sim fault presets', 'sim fault presets border-evening'))
    .action(async (name, options) => (await import('../commands/fault.ts')).listPresets(name, options));
}

function addCommon(command: Command): Command {
  return command
    .option('--direction <a-b>', 'of the border, only what goes from a to b')
    .addOption(new Option('--stream <way>', 'one way alone: up, from consumer to upstream, or down').argParser(readWay))
    .option('--for <time>', 'heal by itself after this time', argument(parseSpan))
    .option('--json', 'report as JSON');
}

function readWay(text: string): string {
  if (text === 'up' || text === 'down') return text;
  throw new InvalidArgumentError('up or down is needed: up is from the consumer of a link to its upstream');
}

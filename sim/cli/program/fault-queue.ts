import { Argument, Option, type Command } from 'commander';
import { parseDelaySeconds, parseShare } from '../../faults/message-quantities.ts';
import { parseSpan } from '../../faults/quantities.ts';
import { queueActions } from '../../faults/queue.ts';
import { regions } from '../../topology/regions.ts';
import type { CliConfig } from '../config.ts';
import { argument, examples, parseCount } from '../usage.ts';

const what = `
duplicate  a message is there twice
delay      a message is delivered later than it was sent
drop       the queue acknowledges a message and loses it: it breaks its promise, and no sender can know. What repairs it
           is the sync's reconcile, which compares both regions: npm run sync -- reconcile

One of each kind may be in force on a queue. The schedule's own sweeps are not struck, and not counted.
\`fault list\` and \`fault heal\` tell how many messages were struck, out of how many that were sent.
`;

/** The faults of queues, below `sim fault`. */
export function addQueueFaults(fault: Command, config: CliConfig): void {
  fault
    .command('queue')
    .description('duplicate, delay or lose messages that are sent')
    .addArgument(new Argument('<region>', 'whose queue').choices(regions))
    .addArgument(new Argument('<action>', 'what happens to messages').choices(queueActions))
    .addOption(new Option('--share <percent>', 'of the messages, such as 10%').argParser(argument(parseShare)).default(1, '100%'))
    .addOption(
      new Option('--delay <time>', 'what `delay` delays by: whole seconds, 15m at most (default: 30s)').argParser(
        argument(parseDelaySeconds),
      ),
    )
    .addOption(new Option('--seed <n>', 'the same seed strikes the same messages of the same sequence').argParser(parseCount))
    .option('--for <time>', 'heal by itself after this time', argument(parseSpan))
    .option('--json', 'report as JSON')
    .addHelpText(
      'after',
      what +
        examples(
          'sim fault queue world duplicate --share 10%',
          'sim fault queue china delay --delay 30s --for 2m',
          'sim fault queue world drop --share 10% --seed 7',
          'sim fault heal world:queue',
        ),
    )
    .action(async (region, action, options) => (await import('../commands/fault-queue.ts')).breakQueue(config, region, action, options));
}

import { Argument, Option, type Command } from 'commander';
import { parseSpan } from '../../faults/quantities.ts';
import { regions } from '../../topology/regions.ts';
import { rotatables } from '../../rotation/rotatable.ts';
import type { CliConfig } from '../config.ts';
import { argument, examples } from '../usage.ts';

const what = `
deny    the store refuses to be read (AccessDeniedException, Forbidden.NoPermission): all secrets, or those named. Services
        read a secret at most once a minute, and go on with the last value for up to an hour
rotate  a new version takes the place of the present one while everything runs: an action, with nothing to heal. All, or
        those named, of
          ${rotatables.map(({ name }) => name).join('\n          ')}
        Keys overlap: a new one is known for a while before it signs (tokens 6 min, the border 65 s; --overlap), and the
        border's old one is forgotten when nothing is signed with it any more

\`madeinworld/\` may be left out of a name.
`;

/** The faults of secret stores, and rotation, below `sim fault`. */
export function addSecretFaults(fault: Command, config: CliConfig): void {
  fault
    .command('secret')
    .description('deny secrets, or rotate them')
    .addArgument(new Argument('<region>', 'whose secret store').choices(regions))
    .addArgument(new Argument('<action>', 'what happens to secrets').choices(['deny', 'rotate'] as const))
    .argument('[name...]', 'which; all where none is named')
    .option('--for <time>', 'deny: heal by itself after this time', argument(parseSpan))
    .addOption(new Option('--overlap <time>', 'rotate: how long a new key is known before it signs').argParser(argument(parseSpan)))
    .option('--json', 'report as JSON')
    .addHelpText(
      'after',
      what +
        examples(
          'sim fault secret world deny --for 2m',
          'sim fault secret china deny auth/pepper',
          'sim fault secret world rotate database/catalog',
          'sim fault secret china rotate sync/signing-key',
        ),
    )
    .action(async (region, action, names, options) => {
      const commands = await import('../commands/fault-secret.ts');
      if (action === 'deny') await commands.denySecrets(config, region, names, options);
      else await commands.rotateSecrets(config, region, names, options);
    });
}

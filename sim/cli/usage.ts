import { type Command, InvalidArgumentError } from 'commander';

/** Examples for a help text, as they are typed: by npm, and without npm's own lines where another program reads what comes out. */
export function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  ${asTyped(line)}`).join('\n')}\n`;
}

function asTyped(line: string): string {
  const npmRun = /--json \| /.test(line) ? 'npm run -s' : 'npm run';
  return line.replace(/^sim |(?<=\| )sim /, `${npmRun} sim -- `);
}

/** A reader of option values whose RangeError becomes a mistake of usage. */
export function argument(parse: (text: string) => number): (text: string) => number {
  return (text) => {
    try {
      return parse(text);
    } catch (error) {
      throw new InvalidArgumentError(error instanceof Error ? error.message : String(error));
    }
  };
}

/** Reads a whole number. Throws InvalidArgumentError. */
export function parseCount(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 0) throw new InvalidArgumentError('a whole number is needed');
  return count;
}

/** Lets each command say after a mistake of usage where its help is. */
export function pointToHelp(command: Command, path: readonly string[] = []): void {
  const words = ['npm run sim --', ...path].join(' ');
  const behind = /^after --: (.*)$/.exec(command.registeredArguments.at(-1)?.description ?? '')?.[1];
  const hint = behind === undefined ? '' : `\n  Behind a further -- come ${behind}: ${words} ... -- ...`;
  command.showHelpAfterError(`${hint}\n  See: ${words} --help`);
  for (const child of command.commands) pointToHelp(child, [...path, child.name()]);
}

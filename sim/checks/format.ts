import { bin, print, run } from './run.ts';

const help = `npm run format: formats every file of the checkout (oxfmt), and says how many there are. It takes no options; what is formatted and how stands in
.oxfmtrc.json.

  npm run check            looks whether all of it is formatted, and changes nothing
`;

/** Formats every file of the checkout. */
async function main(args: readonly string[]): Promise<number> {
  if (args.includes('--help') || args.includes('-h')) {
    print(help);
    return 0;
  }
  if (args.length > 0) {
    print(`npm run format takes no arguments, not ${args.join(' ')}`);
    return 2;
  }
  const { code, output } = await run(bin('oxfmt'), ['.']);
  print(output.trim());
  return code;
}

process.exitCode = await main(process.argv.slice(2));

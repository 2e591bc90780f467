import { bin, print, run } from './run.ts';

/** Formats every file of the checkout. */
const { code, output } = await run(bin('oxfmt'), ['.']);
print(output.trim());
process.exitCode = code;

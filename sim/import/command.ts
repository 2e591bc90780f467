import { InvalidArgumentError, Option, type Command } from 'commander';

import { parseSpeed } from './life/clock.ts';
import { defaultRegionsMap, parseRegionsMap } from './life/regions-map.ts';

/** Adds `import` to the command line. What it runs is loaded when it runs. */
export function registerImport(program: Command): void {
  program
    .command('import')
    .description("replay a retailer's invoices as the life of a shop: customers, goods, orders, returns; or take the catalogue of them")
    .argument(
      '[file]',
      'CSV, plain or compressed with zstd; columns InvoiceNo, StockCode, Description, Quantity, InvoiceDate, UnitPrice, CustomerID, Country',
    )
    .addOption(new Option('--only <part>', 'the catalogue alone: products, and every change of their prices').choices(['catalogue']))
    .option('--regions-map <map>', 'COUNTRY=REGION,...,*=REGION: whose shop sells to a country', regionsMap, defaultRegionsMap)
    .option('--speed <factor>', 'how fast it goes: 10000x, or max', speed, 'max')
    .option('--name <name>', "what the shop's references begin with; the file's name where it is left out", name)
    .addOption(new Option('--region <name>', 'with --only catalogue: whose').choices(['world', 'china']).default('world'))
    .option('--sample', 'take the small file that comes with the project instead of one of your own')
    .option('--lanes <count>', 'how many requests at once', wholeNumber(1, 32), 6)
    .option('--batch <count>', 'with --only catalogue: how many prices in a request', wholeNumber(1, 1_000), 500)
    .option('--acknowledged <file>', 'with --only catalogue: note every acknowledged write with its stamp, a JSON line each')
    .option('--json', 'print the report as JSON')
    .addHelpText(
      'after',
      '\nCtrl-C, or even kill -9, leaves it so that the same command goes on; a second run of the same file writes nothing. At its end the databases are\n' +
        'held against the file, to the penny; where they differ it fails. The report goes to .sim/import-report.json.\n\nExamples:\n' +
        '  npm run sim -- import --sample\n  npm run sim -- import invoices.csv.zst --speed 10000x\n' +
        '  npm run sim -- import invoices.csv.zst --regions-map "*=world"\n  npm run sim -- import --sample --only catalogue\n',
    )
    .action(async (file: string | undefined, options: ImportOptions, command: Command) =>
      (await import('./action.ts')).importAction(file, options, command),
    );
}

export interface ImportOptions {
  readonly only?: 'catalogue';
  readonly regionsMap: string;
  readonly speed: string;
  readonly name?: string;
  readonly region: 'world' | 'china';
  readonly sample?: true;
  readonly lanes: number;
  readonly batch: number;
  readonly acknowledged?: string;
  readonly json?: true;
}

/** Takes a text that `parse` reads, as it stands. */
function readable(parse: (text: string) => unknown): (text: string) => string {
  return (text) => {
    try {
      parse(text);
      return text;
    } catch (error) {
      throw new InvalidArgumentError(error instanceof Error ? `${error.message}.` : String(error));
    }
  };
}

const regionsMap = readable(parseRegionsMap);
const speed = readable(parseSpeed);

function name(text: string): string {
  if (!/^[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?$/.test(text))
    throw new InvalidArgumentError('small letters, digits and hyphens are needed, 32 at most.');
  return text;
}

function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < min || value > max)
      throw new InvalidArgumentError(`a whole number from ${min} to ${max} is needed.`);
    return value;
  };
}

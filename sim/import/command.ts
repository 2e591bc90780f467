import { InvalidArgumentError, Option, type Command } from 'commander';

/** Adds `import` to the command line. What it runs is loaded when it runs. */
export function registerImport(program: Command): void {
  program
    .command('import')
    .description("bring a retailer's invoices into a region's catalogue: products, and every change of their prices")
    .argument('[file]', 'CSV, plain or compressed with zstd; columns InvoiceNo, StockCode, Description, Quantity, InvoiceDate, UnitPrice')
    .addOption(new Option('--region <name>', 'whose catalogue').choices(['world', 'china']).default('world'))
    .option('--sample', 'take the small file that comes with the project instead of one of your own')
    .option('--lanes <count>', 'how many requests at once', wholeNumber(1, 32), 6)
    .option('--batch <count>', 'how many prices in a request', wholeNumber(1, 1_000), 500)
    .option('--acknowledged <file>', 'note every acknowledged write with its stamp, a JSON line each: what a checker balances')
    .option('--json', 'print the report as JSON')
    .addHelpText(
      'after',
      '\nA second run of the same file writes nothing. The report goes to .sim/import-report.json.\n\nExamples:\n' +
        '  npm run sim -- import --sample\n  npm run sim -- import invoices.csv.zst --region world\n',
    )
    .action(async (file: string | undefined, options: ImportOptions, command: Command) =>
      (await import('./action.ts')).importAction(file, options, command),
    );
}

export interface ImportOptions {
  readonly region: 'world' | 'china';
  readonly sample?: true;
  readonly lanes: number;
  readonly batch: number;
  readonly acknowledged?: string;
  readonly json?: true;
}

function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < min || value > max)
      throw new InvalidArgumentError(`a whole number from ${min} to ${max} is needed.`);
    return value;
  };
}

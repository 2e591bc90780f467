import { parseArgs } from 'node:util';

import type { Report } from './report.ts';
import { type ServicesRig, withServices } from './rig.ts';

type Case = (rig: ServicesRig, report: Report) => Promise<void>;

const cases: Readonly<Record<string, { readonly what: string; readonly load: () => Promise<Case> }>> = {
  product: {
    what: 'a product by id: the service, the same in Go, and pgbench -S (needs Docker; Go is left out where there is none)',
    load: async () => (await import('./cases/product.ts')).benchProduct,
  },
  search: { what: 'searches over four thousand products', load: async () => (await import('./cases/search.ts')).benchSearch },
  checkout: {
    what: 'checkouts: the service, and pgbench with its statements (needs Docker)',
    load: async () => (await import('./cases/checkout.ts')).benchCheckout,
  },
  start: { what: 'from start to ready, and memory after a load', load: async () => (await import('./cases/start.ts')).benchStart },
};

const usage = [
  'npm run bench -- services [CASE...]',
  '',
  ...Object.entries(cases).map(([name, { what }]) => `  ${name.padEnd(10)} ${what}`),
];

/** Measures the services, each case on a database of its own. Throws for a case that there is not. */
export async function benchServices(args: readonly string[], own: NodeJS.ProcessEnv): Promise<void> {
  const { positionals, values } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { help: { type: 'boolean', short: 'h' } },
  });
  const print: Report = (line) => void process.stdout.write(`${line}\n`);
  if (values.help === true) return print(usage.join('\n'));
  const unknown = positionals.find((name) => cases[name] === undefined);
  if (unknown !== undefined) throw new Error(`there is no case called ${unknown}\n\n${usage.join('\n')}`);
  for (const [name, { load }] of Object.entries(cases)) {
    if (positionals.length > 0 && !positionals.includes(name)) continue;
    print(`-- ${name}`);
    const run = await load();
    await withServices(own, (rig) => run(rig, print));
  }
}

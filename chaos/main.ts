import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { importSample, sampleSkus } from './partition/import-sample.ts';
import { runPartition, violationsOf, type PartitionReport } from './partition/partition.ts';
import { runSplit, violationsOfSplit, type SplitReport } from './split/split.ts';
import { openTwin } from './twin/twin.ts';

const help = `npm run chaos -- partition [--json]
npm run chaos -- split FILE [--json]

partition: cuts the border of the running twin while the sample is imported into the world and China writes to the same products, and heals it.
split: cuts a file of invoices (CSV, plain or zstd) in two and imports one half into each region at once, over a border that comes and goes.
       A small one is there: sim/import/sample.csv
Both then check that both databases are equal, that every acknowledged write is accounted for and that nothing is left under way.
Meant for a fresh twin (npm run sim:up -- --fresh). The other scenarios are tests: npm test runs them. Exit codes: 0 nothing wrong, 1 a violation, 2 usage, 3 the run itself failed.
`;

const print = (line: string): void => void process.stdout.write(`${line}\n`);
const complain = (line: string): void => void process.stderr.write(`${line}\n`);

function show(report: PartitionReport): void {
  const { balance } = report;
  print(`driver            ${report.mode}`);
  print(`writes            ${report.writesWorld} acknowledged in the world, ${report.writesChina} in China`);
  print(`while cut         ${report.backlogWhileCut} pointers and messages waited in the world`);
  print(`converged         ${report.convergedAfterMs} ms after healing, without new traffic`);
  print(`contents          ${report.products} products and graves, ${report.differences.length} differ`);
  print(
    `ledger            ${balance.live} live, ${balance.superseded} superseded, ${balance.overwritten} overwritten with a record, ${balance.unaccounted.length} unaccounted for`,
  );
  print(`conflict records  ${report.conflicts}`);
  print(`left under way    ${Object.keys(report.residue).length === 0 ? 'nothing' : JSON.stringify(report.residue)}`);
}

function showSplit(report: SplitReport): void {
  const { balance } = report;
  print(`driver            ${report.mode}`);
  print(`file              ${report.rows} rows; ${report.products} products and graves, ${report.contended} written by both halves`);
  print(`writes            ${report.writesWorld} acknowledged in the world, ${report.writesChina} in China, in ${report.importedMs} ms`);
  print(`border            cut ${report.cuts} times meanwhile`);
  print(`converged         ${report.convergedAfterMs} ms after healing, without new traffic; ${report.differences.length} differ`);
  print(
    `ledger            ${balance.live} live, ${balance.superseded} superseded, ${balance.overwritten} overwritten with a record, ${balance.unaccounted.length} unaccounted for`,
  );
  print(`conflict records  ${report.conflicts}`);
  print(`left under way    ${Object.keys(report.residue).length === 0 ? 'nothing' : JSON.stringify(report.residue)}`);
}

/** Runs what the command line names, in a folder of its own; answers what is wrong. */
async function run(scenario: Scenario, asJson: boolean, folder: string): Promise<string[]> {
  const twin = openTwin();
  if (scenario.name === 'split') {
    const report = await runSplit(twin, scenario.file, { folder, convergeWithinMs: 600_000, say: complain });
    if (asJson) print(JSON.stringify(report, null, 2));
    else showSplit(report);
    return violationsOfSplit(report);
  }
  const report = await runPartition(twin, await sampleSkus(), {
    importIntoWorld: () => importSample(twin, join(folder, 'acknowledged.ndjson')),
    convergeWithinMs: 60_000,
    say: complain,
  });
  if (asJson) print(JSON.stringify(report, null, 2));
  else show(report);
  return violationsOf(report);
}

type Scenario = { readonly name: 'partition' } | { readonly name: 'split'; readonly file: string };

function scenarioOf(words: readonly string[]): Scenario | undefined {
  const [name, file, ...more] = words;
  if (name === 'partition' && file === undefined) return { name };
  if (name === 'split' && file !== undefined && more.length === 0) return { name, file };
  return undefined;
}

async function main(args: readonly string[]): Promise<number> {
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(help);
    return 0;
  }
  const asJson = args.includes('--json');
  const scenario = scenarioOf(args.filter((word) => word !== '--json'));
  if (scenario === undefined) {
    if (args.length > 0) complain(`not understood: ${args.join(' ')}\n`);
    process.stderr.write(help);
    return 2;
  }
  if (scenario.name === 'split' && !existsSync(scenario.file)) {
    complain(`${scenario.file}: there is no such file`);
    return 2;
  }
  const folder = await mkdtemp(join(tmpdir(), 'madeinworld-chaos-'));
  try {
    const violations = await run(scenario, asJson, folder);
    for (const violation of violations) complain(`VIOLATION: ${violation}`);
    return violations.length === 0 ? 0 : 1;
  } catch (error) {
    complain(`The run failed: ${error instanceof Error ? error.message : String(error)}`);
    return 3;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

process.exitCode = await main(process.argv.slice(2));

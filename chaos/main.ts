import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { importSample, sampleSkus } from './partition/import-sample.ts';
import { runPartition, violationsOf, type PartitionReport } from './partition/partition.ts';
import { openTwin } from './twin/twin.ts';

const help = `npm run chaos -- partition [--json]

Cuts the border of the running twin while the sample is imported into the world and China writes to the same products, heals it, and checks
that both databases are equal, that every acknowledged write is accounted for and that nothing is left under way.
Meant for a fresh twin (npm run sim:up -- --fresh). Exit codes: 0 nothing wrong, 1 a violation, 2 usage, 3 the run itself failed.
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

async function main(args: readonly string[]): Promise<number> {
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(help);
    return 0;
  }
  const [scenario, ...flags] = args;
  const unknown = [...(scenario === 'partition' ? [] : [scenario]), ...flags.filter((flag) => flag !== '--json')];
  if (unknown.length > 0) {
    if (scenario !== undefined) complain(`not understood: ${unknown.join(' ')}\n`);
    process.stderr.write(help);
    return 2;
  }
  const twin = openTwin();
  const folder = await mkdtemp(join(tmpdir(), 'madeinworld-chaos-'));
  try {
    const report = await runPartition(twin, await sampleSkus(), {
      importIntoWorld: () => importSample(twin, join(folder, 'acknowledged.ndjson')),
      convergeWithinMs: 60_000,
      say: complain,
    });
    if (flags.includes('--json')) print(JSON.stringify(report, null, 2));
    else show(report);
    const violations = violationsOf(report);
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

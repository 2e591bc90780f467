import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { runs } from '#sim/checks/run.ts';
import { layOut, note, print } from '#sim/cli/screen.ts';
import { checkoutDir } from '#sim/paths.ts';
import { drivers, type Component, type Driver } from './behaviours/behaviour.ts';
import { components } from './behaviours/index.ts';
import { makeRunFolder, removeLeftovers } from './drivers/leftovers.ts';
import { driverVariable, folderVariable } from './frame/config.ts';
import { startTests } from './frame/tests-process.ts';
import { parityPage } from './report/parity.ts';
import { isClean, judge, vitestReport, type DriverResults } from './report/results.ts';
import { resultRows } from './report/table.ts';
import { engineText } from './report/versions.ts';

const help = `npm run conformance [-- OPTIONS]: the vendors' own clients, and production's, against every component of the twin, started singly.

  --embedded         only the components from npm
  --docker           only the containers of compose.yaml; without either: both, where a Docker engine answers
  --only COMPONENT   one component alone; may be repeated: ${components.map(({ name }) => name).join(', ')}
  --write            writes docs/parity.md when everything has passed on both drivers
  --help

Exit code 0: every behaviour was shown; 1: something failed, or nothing could be tested; 2: a mistake in the command.
`;

interface Command {
  readonly drivers: readonly Driver[] | 'all there are';
  readonly chosen: readonly Component[];
  readonly write: boolean;
}

class UsageError extends Error {}

function readCommand(args: readonly string[]): Command | 'help' {
  const { values } = parseArgs({
    args: [...args],
    options: {
      embedded: { type: 'boolean', default: false },
      docker: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true, default: [] },
      write: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  for (const name of values.only) {
    if (!components.some((component) => component.name === name))
      throw new UsageError(`there is no component ${name}; there are ${components.map((component) => component.name).join(', ')}`);
  }
  const named = drivers.filter((driver) => values[driver]);
  if (values.write && (values.only.length > 0 || named.length === 1))
    throw new UsageError('--write needs every component on both drivers: leave --only, --embedded and --docker away');
  const chosen = components.filter(({ name }) => values.only.length === 0 || values.only.includes(name));
  return { drivers: named.length > 0 ? named : 'all there are', chosen, write: values.write };
}

const dockerAdvice = 'No Docker engine answers (`docker info` says why)';

/** Which drivers to test here. Throws when one that is needed is not there. */
async function chooseDrivers({ drivers: wanted, write }: Command): Promise<readonly Driver[]> {
  if (wanted !== 'all there are' && !wanted.includes('docker')) return wanted;
  if (await runs('docker', ['info'])) return wanted === 'all there are' ? drivers : wanted;
  if (wanted !== 'all there are') throw new Error(`${dockerAdvice}: start one, or test the embedded driver with --embedded.`);
  if (write) throw new Error(`${dockerAdvice}: docs/parity.md is written only when both drivers have passed.`);
  note(`${dockerAdvice}: only the embedded driver is tested.`);
  return ['embedded'];
}

/** Runs the tests of one driver and leaves nothing behind, also when interrupted. */
async function runDriver(driver: Driver, chosen: readonly Component[], interrupted: AbortSignal): Promise<DriverResults> {
  note(`\n${driver}: ${chosen.map(({ title }) => title).join(', ')}`);
  const folder = await makeRunFolder();
  const reportFile = join(folder, 'report.json');
  try {
    const cases = chosen.filter(({ behaviours }) => Object.keys(behaviours).length > 0).map(({ name }) => `sim/conformance/cases/${name}/`);
    const exitCode = await startTests({
      cases,
      reportFile,
      env: { ...process.env, [driverVariable]: driver, [folderVariable]: folder },
      interrupted,
    });
    interrupted.throwIfAborted();
    const text = await readFile(reportFile, 'utf8').catch(() => '{"testResults":[]}');
    const results = judge(vitestReport.Parse(JSON.parse(text)), chosen, driver);
    // A rejection that nobody caught fails no test, and yet the run.
    if (exitCode === 0 || !isClean(results)) return results;
    return { ...results, problems: [`vitest ended with code ${exitCode} for an error outside the tests; it shows it above`] };
  } finally {
    await removeLeftovers(folder, { containers: driver === 'docker' });
  }
}

async function conform(command: Command, interrupted: AbortSignal): Promise<number> {
  const results: DriverResults[] = [];
  for (const driver of await chooseDrivers(command)) results.push(await runDriver(driver, command.chosen, interrupted));
  print(`\n${layOut(resultRows(command.chosen, results), '')}\n`);
  for (const { driver, problems } of results) for (const problem of problems) print(`FAIL ${driver}: ${problem}`);
  for (const { driver, outcomes } of results) {
    const count = (wanted: string): number => [...outcomes.values()].filter((outcome) => outcome === wanted).length;
    print(`${driver}: ${count('pass')} shown, ${count('absent')} absent, ${count('fail')} failed`);
  }
  if (!results.every(isClean)) return 1;
  if (command.write) {
    await writeFile(join(checkoutDir, 'docs/parity.md'), parityPage(components, engineText));
    print('docs/parity.md is written.');
  }
  return 0;
}

async function main(args: readonly string[]): Promise<number> {
  let command: Command | 'help';
  try {
    command = readCommand(args);
  } catch (error) {
    note(`${error instanceof Error ? error.message : String(error)}\n\n${help}`);
    return 2;
  }
  if (command === 'help') {
    print(help);
    return 0;
  }
  const interruption = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => interruption.abort(new Error(`interrupted by ${signal}`)));
  try {
    return await conform(command, interruption.signal);
  } catch (error) {
    note(error instanceof Error ? error.message : String(error));
    return interruption.signal.aborted ? 130 : 1;
  }
}

process.exitCode = await main(process.argv.slice(2));

import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';

import type { Command } from 'commander';

import { readConfig } from '../cli/config.ts';
import { addressIn, requireTwin } from '../cli/control-client.ts';
import { CommandFailure } from '../cli/failure.ts';
import { note, print, printJson } from '../cli/screen.ts';
import { staffAddress } from '../topology/environment.ts';
import { inspectorRole, withRole } from '../postgres/provision.ts';
import { readRolePasswords } from '../supervisor/secrets.ts';
import type { Signals } from '../region-api/retry.ts';
import { adviceOn, lifeAdviceOn } from './advice.ts';
import type { ImportOptions } from './command.ts';
import { parseSpeed } from './life/clock.ts';
import { parseRegionsMap } from './life/regions-map.ts';
import { summarizeLife, type LifeReport } from './life/report.ts';
import { runLife } from './life/run-life.ts';
import { summarize, type Report } from './report.ts';
import { runImport } from './run.ts';

const sampleFile = fileURLToPath(new URL('sample.csv', import.meta.url));

/** `sim import`: into the running twin, with a report on screen and in a file. Throws CommandFailure where it does not come to its end. */
export async function importAction(file: string | undefined, options: ImportOptions, command: Command): Promise<void> {
  refuseForeignOptions(options, command);
  const chosen = chooseFile(file, options, command);
  await interruptible((signals) =>
    options.only === 'catalogue' ? importCatalogue(chosen, options, signals) : importLife(chosen, options, signals),
  );
}

const ofCatalogue = ['region', 'batch', 'acknowledged'];
const ofLife = ['regionsMap', 'speed', 'name'];

/** An option of the other kind of import would be left aside, and its user would wonder: it is refused. */
function refuseForeignOptions({ only }: ImportOptions, command: Command): void {
  const foreign = (only === 'catalogue' ? ofLife : ofCatalogue).find((name) => command.getOptionValueSource(name) === 'cli');
  if (foreign === undefined) return;
  const flag = `--${foreign.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  command.error(only === 'catalogue' ? `error: ${flag} goes without --only catalogue` : `error: ${flag} goes with --only catalogue`);
}

/** Runs `work`, which Ctrl-C stops in good order, and Ctrl-C again at once. */
async function interruptible(work: (signals: Signals) => Promise<void>): Promise<void> {
  // An import makes much garbage and keeps little: left alone, the heap would grow to three times what it needs.
  setFlagsFromString('--optimize-for-size');
  const [stop, abandon] = [new AbortController(), new AbortController()];
  const onInterrupt = (): void => {
    if (stop.signal.aborted) return abandon.abort(new Error('interrupted twice'));
    note('\nStopping: waiting for the answers that are still out. Ctrl-C again ends it at once.');
    stop.abort(new Error('interrupted'));
  };
  process.on('SIGINT', onInterrupt).on('SIGTERM', onInterrupt);
  try {
    await work({ stop: stop.signal, abandon: abandon.signal });
  } finally {
    process.off('SIGINT', onInterrupt).off('SIGTERM', onInterrupt);
  }
}

async function importCatalogue(file: string, options: ImportOptions, signals: Signals): Promise<void> {
  const { paths } = readConfig();
  const { state } = await requireTwin(paths);
  const reportFile = join(paths.simDir, 'import-report.json');
  const report = await runImport({
    file,
    region: options.region,
    apiUrl: addressIn(state, `${options.region}:front`),
    mailUrl: addressIn(state, 'mail'),
    staffAddress,
    laneCount: options.lanes,
    batchSize: options.batch,
    reportFile,
    ...(options.acknowledged === undefined ? {} : { acknowledgedFile: resolve(options.acknowledged) }),
    progressTo: process.stderr,
    signals,
  });
  if (options.json === true) printJson(report);
  else if (report.rowsRead > 0) print(`${headline(report)}\n${summarize(report)}\n  report: ${reportFile}`);
  if (report.outcome === 'done' && report.rowsRead === 0)
    throw new CommandFailure(`${file} holds a header and no rows`, 'Nothing was written.');
  failUnlessDone(report);
}

async function importLife(file: string, options: ImportOptions, signals: Signals): Promise<void> {
  const { paths } = readConfig();
  const { state } = await requireTwin(paths);
  const map = parseRegionsMap(options.regionsMap);
  const absent = map.regions.find((region) => !state.regions.includes(region));
  if (absent !== undefined) {
    throw new CommandFailure(
      `the twin has no ${absent}, which the regions map names`,
      'npm run sim -- import FILE --regions-map "*=world"   lives in one region',
    );
  }
  const namespace = options.name ?? namespaceOf(file);
  const reportFile = join(paths.simDir, 'import-report.json');
  const report = await runLife({
    file,
    namespace,
    map,
    mapText: options.regionsMap,
    speed: parseSpeed(options.speed),
    laneCount: options.lanes,
    addressOf: (region) => ({
      apiUrl: addressIn(state, `${region}:front`),
      // Round the links, and as who may read alone.
      databaseUrl: withRole(addressIn(state, `${region}:postgres`), inspectorRole, readRolePasswords(paths, region)[inspectorRole]),
    }),
    mailUrl: addressIn(state, 'mail'),
    staffAddress,
    reportFile,
    leftOutFile: join(paths.simDir, 'import-left-out.jsonl'),
    journalFile: join(paths.simDir, `import-${namespace}.journal.json`),
    progressTo: process.stderr,
    signals,
  });
  if (options.json === true) printJson(report);
  else if (report.rows > 0) print(`${lifeHeadline(report)}\n${summarizeLife(report)}\n  report: ${reportFile}`);
  if (report.outcome === 'failed') throw new CommandFailure(report.problem?.message ?? 'the import failed', lifeAdviceOn(report));
  if (report.outcome === 'interrupted') throw new CommandFailure('interrupted', 'The same command goes on where it stopped.');
  if (report.reconciliation === undefined) throw new CommandFailure(`${file} holds no sale`, 'Nothing was written.');
  if (!report.reconciliation.agrees) throw new CommandFailure('the databases hold something else than the file; the report says what');
}

/** What references begin with, of a file's name: small letters, digits and hyphens. */
export function namespaceOf(file: string): string {
  const plain = basename(file)
    .toLowerCase()
    .replace(/\..*$/, '')
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, 32)
    .replaceAll(/^-+|-+$/g, '');
  return plain === '' ? 'invoices' : plain;
}

const lifeHeadline = ({ file, outcome, regionsMap, speed }: LifeReport): string =>
  `${{ done: 'Lived', failed: 'Stopped living', interrupted: 'Interrupted living' }[outcome]} ${file} (${regionsMap}; ${speed})`;

function chooseFile(file: string | undefined, options: ImportOptions, command: Command): string {
  if (file !== undefined && options.sample === true) command.error('error: name a file or say --sample, not both');
  if (file === undefined && options.sample !== true) command.error('error: name a file to import, or say --sample');
  return file === undefined ? sampleFile : resolve(file);
}

function headline({ file, region, outcome }: Report): string {
  const verb = { done: 'Imported', failed: 'Stopped importing', interrupted: 'Interrupted importing' }[outcome];
  return `${verb} ${file} into ${region}`;
}

function failUnlessDone(report: Report): void {
  const { outcome, problem, written } = report;
  if (outcome === 'failed') throw new CommandFailure(problem?.message ?? 'the import failed', adviceOn(report));
  if (outcome === 'interrupted') throw new CommandFailure('interrupted', 'Importing the same file again goes on where it stopped.');
  if (written.refused > 0) throw new CommandFailure(`the service refused ${written.refused} prices; the report names them`);
}

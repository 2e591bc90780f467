import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';

import type { Command } from 'commander';

import { readConfig } from '../cli/config.ts';
import { addressIn, requireTwin } from '../cli/control-client.ts';
import { CommandFailure } from '../cli/failure.ts';
import { note, print, printJson } from '../cli/screen.ts';
import { staffAddress } from '../topology/environment.ts';
import { adviceOn } from './advice.ts';
import type { ImportOptions } from './command.ts';
import { summarize, type Report } from './report.ts';
import { runImport } from './run.ts';

const sampleFile = fileURLToPath(new URL('sample.csv', import.meta.url));

/** `sim import`: into the running twin, with a report on screen and in a file. Throws CommandFailure where it does not come to its end. */
export async function importAction(file: string | undefined, options: ImportOptions, command: Command): Promise<void> {
  const chosen = chooseFile(file, options, command);
  // An import makes much garbage and keeps little: left alone, the heap would grow to three times what it needs.
  setFlagsFromString('--optimize-for-size');
  const { paths } = readConfig();
  const { state } = await requireTwin(paths);
  const reportFile = join(paths.simDir, 'import-report.json');
  const [stop, abandon] = [new AbortController(), new AbortController()];
  const onInterrupt = (): void => {
    if (stop.signal.aborted) return abandon.abort(new Error('interrupted twice'));
    note('\nStopping: waiting for the answers that are still out. Ctrl-C again ends it at once.');
    stop.abort(new Error('interrupted'));
  };
  process.on('SIGINT', onInterrupt).on('SIGTERM', onInterrupt);
  try {
    const report = await runImport({
      file: chosen,
      region: options.region,
      apiUrl: addressIn(state, `${options.region}:front`),
      mailUrl: addressIn(state, 'mail'),
      staffAddress,
      laneCount: options.lanes,
      batchSize: options.batch,
      reportFile,
      ...(options.acknowledged === undefined ? {} : { acknowledgedFile: resolve(options.acknowledged) }),
      progressTo: process.stderr,
      signals: { stop: stop.signal, abandon: abandon.signal },
    });
    if (options.json === true) printJson(report);
    else if (report.rowsRead > 0) print(`${headline(report)}\n${summarize(report)}\n  report: ${reportFile}`);
    if (report.outcome === 'done' && report.rowsRead === 0)
      throw new CommandFailure(`${chosen} holds a header and no rows`, 'Nothing was written.');
    failUnlessDone(report);
  } finally {
    process.off('SIGINT', onInterrupt).off('SIGTERM', onInterrupt);
  }
}

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

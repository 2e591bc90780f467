import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

import { openApi, type Api } from '../region-api/api.ts';
import { openCatalogue } from './catalogue.ts';
import { explain, importRows } from './import.ts';
import { openInput } from './input.ts';
import { fractionDone, startProgress, type ProgressState } from './progress.ts';
import { answeredItems, emptyReport, type Report } from './report.ts';
import type { RetryDeps, Signals } from '../region-api/retry.ts';
import { openSession } from '../region-api/session.ts';
import { writeWhole } from '../supervisor/state.ts';

export interface RunOptions {
  readonly file: string;
  readonly region: string;
  readonly apiUrl: string;
  readonly mailUrl: string;
  readonly staffAddress: string;
  readonly laneCount: number;
  readonly batchSize: number;
  readonly reportFile: string;
  /** Where every acknowledged write is noted with its stamp, a JSON line each. */
  readonly acknowledgedFile?: string;
  readonly patienceMs?: number;
  readonly retryDeps?: RetryDeps;
  readonly progressTo?: Parameters<typeof startProgress>[0];
  readonly signals: Signals;
}

/**
 * One import from a file to a region, with its report written to `reportFile` however it ends. Gives the report; throws only errors that
 * are neither the file's nor the service's, after writing the report too.
 */
export async function runImport(options: RunOptions): Promise<Report> {
  const report = emptyReport(options.file, options.region, new Date());
  const startedMs = performance.now();
  const api = openApi({ url: options.apiUrl, connections: options.laneCount, ...retryOptions(options) });
  const mail = openApi({ url: options.mailUrl, connections: 1, ...retryOptions(options) });
  try {
    await importFile(options, api, mail, report);
    if (options.signals.stop.aborted) report.outcome = 'interrupted';
  } catch (error) {
    const problem = explain(error);
    report.outcome = options.signals.stop.aborted ? 'interrupted' : 'failed';
    if (!options.signals.stop.aborted) {
      report.problem = problem ?? { message: String(error), fault: 'unexpected' };
      if (problem === undefined) throw error;
    }
  } finally {
    await Promise.all([api.close(), mail.close()]);
    report.retries = api.retries + mail.retries;
    report.seconds = Math.round((performance.now() - startedMs) / 10) / 100;
    report.itemsPerSecond = report.seconds > 0 ? Math.round(answeredItems(report) / report.seconds) : 0;
    report.peakMemoryMb = Math.round(process.resourceUsage().maxRSS / 1024);
    writeReport(options.reportFile, report);
  }
  return report;
}

function retryOptions({ patienceMs, retryDeps }: RunOptions): { patienceMs?: number; deps?: RetryDeps } {
  return { ...(patienceMs === undefined ? {} : { patienceMs }), ...(retryDeps === undefined ? {} : { deps: retryDeps }) };
}

async function importFile(options: RunOptions, api: Api, mail: Api, report: Report): Promise<void> {
  const input = await openInput(options.file);
  const session = openSession({ api, mail, address: options.staffAddress });
  const notes = options.acknowledgedFile === undefined ? undefined : openSync(options.acknowledgedFile, 'w', 0o600);
  const catalogue = openCatalogue(
    api,
    session,
    notes === undefined ? undefined : (write) => writeSync(notes, `${JSON.stringify(write)}\n`),
  );
  let finished = false;
  const read = (): ProgressState => {
    const answered = answeredItems(report);
    const found = report.products + report.priceChanges;
    const fraction = fractionDone({ read: input.progress(), found, answered, finished });
    return { fraction, rows: report.rowsRead, items: answered, waiting: api.waiting ?? mail.waiting };
  };
  const progress = options.progressTo === undefined ? undefined : startProgress(options.progressTo, read);
  try {
    const { laneCount, batchSize, signals } = options;
    await importRows({ input, catalogue, laneCount, batchSize, signals }, report);
    finished = !signals.stop.aborted;
  } finally {
    progress?.stop();
    if (notes !== undefined) closeSync(notes);
  }
}

function writeReport(file: string, report: Report): void {
  mkdirSync(dirname(file), { recursive: true });
  writeWhole(file, report);
}

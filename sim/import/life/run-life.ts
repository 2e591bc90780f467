import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

import { openApi, type Api } from '../../region-api/api.ts';
import type { RetryDeps, Signals } from '../../region-api/retry.ts';
import { openSession, type Session } from '../../region-api/session.ts';
import { writeWhole } from '../../supervisor/state.ts';
import { readBookedInvoices } from '../audit/database-totals.ts';
import { readFileTotals } from '../audit/file-totals.ts';
import { reconcile, type Reconciliation } from '../audit/reconcile.ts';
import { explain } from '../import.ts';
import { openInput } from '../input.ts';
import { startProgress, type ProgressState } from '../progress.ts';
import { openPace, type Speed } from './clock.ts';
import { countryCodeOf } from './countries.ts';
import { openJournal, type Journal } from './journal.ts';
import type { LeftOut } from './left-out.ts';
import { planSteps, type Step } from './plan.ts';
import { prepareShops } from './prepare.ts';
import type { RegionName, RegionsMap } from './regions-map.ts';
import { replaySteps } from './replay.ts';
import { countLeftOut, emptyLifeReport, type LifeReport } from './report.ts';
import { lifeColumns } from './rows.ts';
import { openShop, type Shop } from './shop.ts';
import { openStocking } from './stocking.ts';
import { surveyRows, type Survey } from './survey.ts';

/** Where a region is met: its public API, and its database for the report, which reads there. */
export interface RegionAddress {
  readonly apiUrl: string;
  readonly databaseUrl: string;
}

export interface LifeOptions {
  readonly file: string;
  readonly namespace: string;
  readonly map: RegionsMap;
  readonly mapText: string;
  readonly speed: Speed;
  readonly laneCount: number;
  readonly addressOf: (region: RegionName) => RegionAddress;
  readonly mailUrl: string;
  readonly staffAddress: string;
  readonly reportFile: string;
  readonly leftOutFile: string;
  readonly journalFile: string;
  readonly patienceMs?: number;
  readonly retryDeps?: RetryDeps;
  /** For tests: staff's session where it is not signed in for by mail. */
  readonly sessionOf?: (region: RegionName, api: Api) => Session;
  readonly progressTo?: Parameters<typeof startProgress>[0];
  readonly signals: Signals;
}

const MEMORY_EVERY_MS = 5_000;
/** What is said when a part of it begins. */
const phases = {
  survey: 'Looking through the file',
  prepare: 'Products, stores and accounts; the catalogue crosses the border',
  replay: 'Orders and returns',
  reconcile: 'Holding the databases against the file',
} as const;

/**
 * Replays a file as the life of a shop, and holds the books of the regions against the file at its end. The report is written to `reportFile` however it ends. Throws
 * only errors that are neither the file's nor a service's, after writing the report too.
 */
export async function runLife(options: LifeOptions): Promise<LifeReport> {
  const { file, namespace, mapText, leftOutFile, signals } = options;
  const report = emptyLifeReport({ file, namespace, regionsMap: mapText, speed: String(options.speed), leftOutFile }, new Date());
  const startedMs = performance.now();
  const sampling = setInterval(() => report.memoryMb.push(rssMb()), MEMORY_EVERY_MS).unref();
  const parts = openParts(options);
  const journal = openJournal(options.journalFile, () => performance.now());
  try {
    await live(options, parts, journal, report);
    if (signals.stop.aborted) report.outcome = 'interrupted';
  } catch (error) {
    const problem = explain(error);
    report.outcome = signals.stop.aborted ? 'interrupted' : 'failed';
    if (!signals.stop.aborted) {
      report.problem = problem ?? { message: String(error), fault: 'unexpected' };
      if (problem === undefined) throw error;
    }
  } finally {
    clearInterval(sampling);
    journal.keep();
    await parts.close();
    report.retries = parts.apis().reduce((sum, { retries }) => sum + retries, 0);
    report.requests = parts.shops().reduce((sum, { requests }) => sum + requests, 0);
    report.seconds = secondsSince(startedMs);
    report.peakMemoryMb = Math.round(process.resourceUsage().maxRSS / 1024);
    mkdirSync(dirname(options.reportFile), { recursive: true });
    writeWhole(options.reportFile, report);
  }
  return report;
}

type Parts = ReturnType<typeof openParts>;

/** Connections, sessions and shops of the regions that the map names. */
function openParts(options: LifeOptions) {
  const retry = {
    ...(options.patienceMs === undefined ? {} : { patienceMs: options.patienceMs }),
    ...(options.retryDeps === undefined ? {} : { deps: options.retryDeps }),
  };
  const mail = openApi({ url: options.mailUrl, connections: 1, ...retry });
  const parts = new Map<RegionName, { readonly api: Api; readonly session: Session; readonly shop: Shop }>();
  for (const region of options.map.regions) {
    const api = openApi({ url: options.addressOf(region).apiUrl, connections: options.laneCount + 1, ...retry });
    const session = options.sessionOf?.(region, api) ?? openSession({ api, mail, address: options.staffAddress });
    parts.set(region, { api, session, shop: openShop(api, session, region) });
  }
  const of = (region: RegionName) => {
    const found = parts.get(region);
    if (found === undefined) throw new Error(`the map does not name ${region}`);
    return found;
  };
  const apis = (): Api[] => [mail, ...[...parts.values()].map(({ api }) => api)];
  return {
    of,
    apis,
    shops: (): Shop[] => [...parts.values()].map(({ shop }) => shop),
    waiting: () => apis().find(({ waiting }) => waiting !== undefined)?.waiting,
    close: () => Promise.all(apis().map((api) => api.close())),
  };
}

type Timed = <T>(phase: keyof typeof phases, work: () => Promise<T>) => Promise<T>;

async function live(options: LifeOptions, parts: Parts, journal: Journal, report: LifeReport): Promise<void> {
  const { map, namespace, signals } = options;
  const timed: Timed = async (phase, work) => {
    const startedMs = performance.now();
    options.progressTo?.write(`${phases[phase]}\n`);
    try {
      return await work();
    } finally {
      report.phaseSeconds[phase] = secondsSince(startedMs);
    }
  };
  const open = async () => (await openInput(options.file, lifeColumns)).rows;

  const survey = await timed('survey', async () => surveyRows(await open(), map, () => signals.stop.aborted));
  report.rows = survey.rows;
  report.products = survey.products.size;
  report.customers = [...survey.customers.values()].reduce((sum, { size }) => sum + size, 0);
  if (signals.stop.aborted) return;
  const left = openListing(options.leftOutFile);
  const onLeftOut = (one: LeftOut): void => {
    countLeftOut(report, one);
    left.add(one);
  };
  const plan = async (): Promise<Plan> => {
    const { rows, progress } = await openInput(options.file, lifeColumns);
    return { steps: planSteps(rows, { namespace, map, survey, onLeftOut }), fractionRead: progress };
  };
  try {
    // Where nothing is sold there is nothing to prepare, and nothing comes back: what is left out is told all the same.
    if (survey.sales === 0) await replayNothing(await plan());
    else await replay(options, { parts, journal, report, survey, plan, timed });
  } finally {
    left.close();
  }
  if (signals.stop.aborted) return;
  report.reconciliation = await timed('reconcile', () => balance(options, report, open));
}

/** What the file says is to be done, as it is read. */
interface Plan {
  readonly steps: AsyncIterable<Step>;
  readonly fractionRead: () => number | undefined;
}

async function replayNothing({ steps }: Plan): Promise<void> {
  for await (const { reference } of steps) throw new Error(`nothing is sold, and yet there is ${reference}`);
}

/** What the replay goes by besides the options. */
interface Replaying {
  readonly parts: Parts;
  readonly journal: Journal;
  readonly report: LifeReport;
  readonly survey: Survey;
  readonly plan: () => Promise<Plan>;
  readonly timed: Timed;
}

async function replay(options: LifeOptions, { parts, journal, report, survey, plan, timed }: Replaying): Promise<void> {
  const { map, namespace, signals } = options;
  const shopOf = (region: RegionName): Shop => parts.of(region).shop;
  const prepared = await timed('prepare', () =>
    prepareShops(survey, {
      regions: map.regions,
      apiOf: (region) => parts.of(region).api,
      sessionOf: (region) => parts.of(region).session,
      shopOf,
      emailOf: (customer) => `customer-${customer}@${namespace}.example`,
      signals,
    }),
  );
  const { steps, fractionRead } = await plan();
  const read = (): ProgressState => {
    const items = Object.values(report.orders).reduce((sum, count) => sum + count, 0);
    return { fraction: fractionRead(), rows: survey.rows, items, unit: 'orders and returns', waiting: parts.waiting() };
  };
  const progress = options.progressTo === undefined ? undefined : startProgress(options.progressTo, read);
  const deps = {
    shopOf,
    channel: namespace,
    productIds: prepared.productIds,
    accountIdOf: (region: RegionName, customer: string) => prepared.accountIds.get(region)?.get(customer),
    stocked: openStocking({ namespace, units: survey.units, shopOf, signals, ...prepared }),
    pace: openPace(options.speed, journal.reachedMs, () => performance.now()),
    journal,
    laneCount: options.laneCount,
    signals,
  };
  try {
    await timed('replay', () => replaySteps(steps, deps, report.orders));
  } finally {
    progress?.stop();
  }
}

async function balance(
  options: LifeOptions,
  report: LifeReport,
  open: Parameters<typeof readFileTotals>[0]['open'],
): Promise<Reconciliation> {
  const { map, namespace } = options;
  const file = await readFileTotals({ open, countryCodeOf, regionOf: (name) => map.regionOf(name) });
  const booked = await Promise.all(
    map.regions.map((region) => readBookedInvoices(options.addressOf(region).databaseUrl, region, namespace)),
  );
  return reconcile({
    file,
    booked: booked.flat(),
    leftOut: new Map(Object.entries(report.leftOut)),
  });
}

/** A file of JSON lines that is whole when it is closed. */
function openListing(file: string): { add(line: object): void; close(): void } {
  mkdirSync(dirname(file), { recursive: true });
  const descriptor = openSync(file, 'w', 0o600);
  let buffer: string[] = [];
  const flush = (): void => {
    if (buffer.length > 0) writeSync(descriptor, buffer.join(''));
    buffer = [];
  };
  return {
    add(line) {
      buffer.push(`${JSON.stringify(line)}\n`);
      if (buffer.length >= 500) flush();
    },
    close() {
      flush();
      closeSync(descriptor);
    },
  };
}

const secondsSince = (startedMs: number): number => Math.round((performance.now() - startedMs) / 10) / 100;
const rssMb = (): number => Math.round(process.memoryUsage.rss() / 1_048_576);

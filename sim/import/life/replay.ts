import { ApiError } from '../../region-api/api.ts';
import type { Signals } from '../../region-api/retry.ts';
import { openLanes } from '../lanes.ts';
import type { Pace } from './clock.ts';
import { countryCodeOf } from './countries.ts';
import type { Journal } from './journal.ts';
import type { ReturnStep, SaleStep, Step } from './plan.ts';
import type { RegionName } from './regions-map.ts';
import type { SaleBody, Shop } from './shop.ts';

/** As many sales as a request of the shop takes, and as many lines as keep one short. */
export const SALES_AT_ONCE = 50;
const LINES_AT_ONCE = 1_000;
/** So many steps of a lane are looked at together: of more of them, fuller requests are made. */
const STEPS_AT_ONCE = 200;

export interface ReplayCounts {
  ordersRecorded: number;
  ordersKnown: number;
  returnsRecorded: number;
  returnsKnown: number;
}

export interface ReplayDeps {
  readonly shopOf: (region: RegionName) => Shop;
  readonly channel: string;
  readonly productIds: ReadonlyMap<string, string>;
  readonly accountIdOf: (region: RegionName, customer: string) => string | undefined;
  /** Resolves when there are goods for what happens at this instant. */
  readonly stocked: (region: RegionName, epochMs: number) => Promise<void> | undefined;
  readonly pace: Pace;
  readonly journal: Journal;
  readonly laneCount: number;
  readonly signals: Signals;
}

interface Queued {
  readonly step: Step;
  readonly done: () => void;
}

/**
 * Sends the steps, in the order of time: a customer's always go the same lane and one after the other, those of different customers overtake each other. Whatever ends
 * it, what was answered is counted, and all steps can be sent again. Throws `ApiError`, and what reading throws, after the answers that are out.
 */
export async function replaySteps(steps: AsyncIterable<Step>, deps: ReplayDeps, counts: ReplayCounts): Promise<void> {
  const lanes = openLanes<Queued>({
    count: deps.laneCount,
    batchSize: STEPS_AT_ONCE,
    eager: true,
    signal: deps.signals.stop,
    send: async (queued) => {
      for (const run of runsOf(queued.map(({ step }) => step))) {
        if (run.kind === 'return') await sendReturns(run, deps, counts);
        else await sendSales(run, deps, counts);
      }
      for (const { done } of queued) done();
    },
  });
  const ending = await pushAll(steps, deps, lanes).then(
    () => undefined,
    (error: unknown) => ({ error }),
  );
  await lanes.finish();
  if (ending !== undefined) throw ending.error;
}

async function pushAll(steps: AsyncIterable<Step>, deps: ReplayDeps, lanes: ReturnType<typeof openLanes<Queued>>): Promise<void> {
  const { pace, journal, signals } = deps;
  for await (const step of steps) {
    await pace.until(step.soldMs, signals.stop);
    if (signals.stop.aborted) return;
    const goods = step.kind === 'sale' ? deps.stocked(step.region, step.soldMs) : undefined;
    if (goods !== undefined) await goods;
    const done = journal.begin(step.soldMs);
    // A guest's orders are nobody's: they need no order among themselves.
    const room = lanes.push(`${step.region}:${step.customer ?? step.reference}`, { step, done });
    if (room !== undefined) await room;
  }
}

export type Run =
  | { readonly kind: 'sale'; readonly region: RegionName; readonly steps: SaleStep[] }
  | { readonly kind: 'return'; readonly region: RegionName; readonly steps: ReturnStep[] };

/**
 * What may go in one request each: sales, or returns, of one region. A step goes as early as what its customer did before lets it, so that requests are few; what one
 * customer does stays in order. Pure.
 */
export function runsOf(steps: readonly Step[]): Run[] {
  const runs: Run[] = [];
  /** By customer, the run that the last step of theirs is in. */
  const lastRun = new Map<string, number>();
  for (const step of steps) {
    const who = `${step.region}:${step.customer ?? step.reference}`;
    const after = lastRun.get(who) ?? 0;
    const place = runs.findIndex((run, at) => at >= after && join(run, step));
    if (place === -1)
      runs.push(
        step.kind === 'sale'
          ? { kind: 'sale', region: step.region, steps: [step] }
          : { kind: 'return', region: step.region, steps: [step] },
      );
    lastRun.set(who, place === -1 ? runs.length - 1 : place);
  }
  return runs;
}

/** Puts the step into the run, where it fits. */
function join(run: Run, step: Step): boolean {
  if (run.region !== step.region || run.steps.length === SALES_AT_ONCE) return false;
  const lines = run.steps.reduce((sum, one) => sum + one.lines.length, step.lines.length);
  if (lines > LINES_AT_ONCE) return false;
  if (run.kind === 'sale' && step.kind === 'sale') run.steps.push(step);
  else if (run.kind === 'return' && step.kind === 'return') run.steps.push(step);
  else return false;
  return true;
}

async function sendSales({ region, steps }: Extract<Run, { kind: 'sale' }>, deps: ReplayDeps, counts: ReplayCounts): Promise<void> {
  const bodies = steps.map((step) => bodyOf(step, deps));
  for (const { isNew } of await deps.shopOf(region).recordSales(deps.channel, bodies, deps.signals)) {
    if (isNew) counts.ordersRecorded += 1;
    else counts.ordersKnown += 1;
  }
}

async function sendReturns({ region, steps }: Extract<Run, { kind: 'return' }>, deps: ReplayDeps, counts: ReplayCounts): Promise<void> {
  const bodies = steps.map(({ reference, saleReference: sale, soldMs, lines }) => ({
    reference,
    sale,
    returnedAt: instantOf(soldMs),
    lines: lines.map(({ sku, quantity }) => ({ productId: idOf(deps.productIds, sku), quantity, resellable: true })),
  }));
  for (const { isNew } of await deps.shopOf(region).recordReturns(bodies, deps.signals)) {
    if (isNew) counts.returnsRecorded += 1;
    else counts.returnsKnown += 1;
  }
}

function bodyOf(step: SaleStep, { productIds, accountIdOf }: ReplayDeps): SaleBody {
  const accountId = step.customer === undefined ? undefined : accountIdOf(step.region, step.customer);
  return {
    reference: step.reference,
    soldAt: instantOf(step.soldMs),
    ...(accountId === undefined ? {} : { accountId }),
    shipTo: addressOf(step),
    lines: step.lines.map(({ sku, quantity, unitMinor }) => ({ productId: idOf(productIds, sku), quantity, unitMinor })),
  };
}

function idOf(productIds: ReadonlyMap<string, string>, sku: string): string {
  const id = productIds.get(sku);
  if (id === undefined) throw new ApiError(`The product ${sku} was not taken into the catalogue`);
  return id;
}

const instantOf = (epochMs: number): string => new Date(epochMs).toISOString();

/** The file has nobody's name and street; its country is what tax and delivery need. */
const addressOf = ({ customer, country }: SaleStep): object => ({
  form: 'western',
  recipient: customer === undefined ? 'Guest' : `Customer ${customer}`,
  phone: '+442000000000',
  lines: ['Address on file'],
  city: 'On file',
  region: null,
  postcode: null,
  country: countryCodeOf(country) ?? '',
});

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
  returns: number;
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
  /** Of orders of which something may come back. */
  const orderIds = new Map<string, string>();
  const lanes = openLanes<Queued>({
    count: deps.laneCount,
    batchSize: STEPS_AT_ONCE,
    eager: true,
    signal: deps.signals.stop,
    send: async (queued) => {
      for (const run of runsOf(queued.map(({ step }) => step))) {
        if (run.kind === 'return') await sendReturn(run.step, deps, orderIds, counts);
        else await sendSales(run.steps, deps, orderIds, counts);
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
  | { readonly kind: 'sales'; readonly region: RegionName; readonly steps: SaleStep[] }
  | { readonly kind: 'return'; readonly step: ReturnStep };

/**
 * What may go in one request each: sales of one region, and returns one by one. A step goes as early as what its customer did before lets it, so that requests are few;
 * what one customer does stays in order. Pure.
 */
export function runsOf(steps: readonly Step[]): Run[] {
  const runs: Run[] = [];
  /** By customer, the run that the last step of theirs is in. */
  const lastRun = new Map<string, number>();
  for (const step of steps) {
    const who = `${step.region}:${step.customer ?? step.reference}`;
    const after = lastRun.get(who) ?? 0;
    const place = step.kind === 'return' ? -1 : runs.findIndex((run, at) => at >= after && hasRoom(run, step));
    const at = place === -1 ? runs.length : place;
    const run = runs[at];
    if (step.kind === 'return') runs.push({ kind: 'return', step });
    else if (run?.kind === 'sales') run.steps.push(step);
    else runs.push({ kind: 'sales', region: step.region, steps: [step] });
    lastRun.set(who, at);
  }
  return runs;
}

function hasRoom(run: Run, step: SaleStep): boolean {
  if (run.kind === 'return' || run.region !== step.region || run.steps.length === SALES_AT_ONCE) return false;
  return run.steps.reduce((sum, { lines }) => sum + lines.length, step.lines.length) <= LINES_AT_ONCE;
}

async function sendSales(steps: readonly SaleStep[], deps: ReplayDeps, orderIds: Map<string, string>, counts: ReplayCounts): Promise<void> {
  const [first] = steps;
  if (first === undefined) return;
  const bodies = steps.map((step) => bodyOf(step, deps));
  const recorded = await deps.shopOf(first.region).recordSales(deps.channel, bodies, deps.signals);
  for (const [index, { reference, orderId, isNew }] of recorded.entries()) {
    if (isNew) counts.ordersRecorded += 1;
    else counts.ordersKnown += 1;
    if (steps[index]?.mayComeBack === true) orderIds.set(reference, orderId);
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

async function sendReturn(step: ReturnStep, deps: ReplayDeps, orderIds: ReadonlyMap<string, string>, counts: ReplayCounts): Promise<void> {
  const orderId = orderIds.get(step.saleReference);
  if (orderId === undefined) throw new ApiError(`Of ${step.saleReference} something comes back, and it was not recorded`);
  const lines = step.lines.map(({ sku, quantity }) => ({ productId: idOf(deps.productIds, sku), quantity }));
  await deps.shopOf(step.region).giveBack(orderId, { reference: step.reference, lines }, deps.signals);
  counts.returns += 1;
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

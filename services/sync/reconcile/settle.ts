import type { Clock } from '#platform/clock.ts';

import { PROTOCOL_VERSION } from '../protocol/versions.ts';
import { isSame, type Difference, type Verdict } from './classify.ts';
import { batchesOf, compareKeys, compareRange, type CompareOptions, type Found, type Sides, type Standings } from './compare.ts';
import { limits, type KeyRange, type RepointAnswer } from './messages.ts';

/** What became of what a comparison had found. */
export interface Settled {
  /** Keys that we, or the peer, were made to point at; in a dry run, would have been. */
  pointed: number;
  asked: number;
  /** What moved while it was looked at, or may still be under way: no damage. */
  inFlight: number;
  /** Dead letters: a difference that an operator knows of. */
  refused: number;
  /** For an operator, and in a dry run all of them. */
  readonly findings: Difference[];
}

export interface SettleDeps {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly dryRun: boolean;
  /** One side is being filled: what is under way is pointed at again without harm, so nothing is held back for its sake. */
  readonly fill: boolean;
  /** Called while waiting, so that the run does not look abandoned. */
  readonly alive: () => Promise<void>;
}

const ROUNDS = 3;
/** What is under way arrives within twice the lag that the directions had lately, and within a second at least. */
const LEAST_WAIT_MS = 1_000;
const MOST_WAIT_MS = 30_000;
const BUSY_WAIT_MS = 250;

const forOperators: ReadonlySet<Verdict> = new Set(['collected_here', 'collected_there', 'same_stamp', 'only_parked']);

/**
 * Looks again at what was found, once what was under way has arrived; repairs what differs twice in the same way, by pointers: ours into our outbox,
 * the peer's by asking it. What was read meanwhile decides, so nothing newer is overwritten; rows themselves are not touched here.
 */
export async function settle(
  sides: Sides,
  options: CompareOptions,
  standings: Standings,
  found: Found,
  deps: SettleDeps,
): Promise<Settled> {
  const settled: Settled = { pointed: 0, asked: 0, inFlight: 0, refused: 0, findings: [] };
  let pending: Found = {
    missing: found.missing,
    unsettled: 0,
    differences: found.differences.filter(({ verdict }) => verdict !== 'refused'),
  };
  settled.refused += found.differences.length - pending.differences.length;
  let unsettled = 0;
  for (let round = 1; round <= ROUNDS && pending.differences.length + pending.missing.length > 0; round += 1) {
    const waitedMs = await waitForLag(standings, deps);
    const next: Found = { differences: [], missing: [], unsettled: 0 };
    const confirmed = await confirmKeys(sides, options, standings, pending.differences, next);
    const missing = await confirmRanges(sides, options, standings, pending.missing, next);
    const held = (verdict: Verdict): boolean => !deps.fill && isUnderWay(standings, verdict, waitedMs);
    const ready = confirmed.filter((difference) => !held(difference.verdict));
    next.differences.push(...confirmed.filter((difference) => held(difference.verdict)));
    await repairKeys(sides, options, ready, settled, deps);
    for (const one of missing) {
      if (held(one.verdict)) next.missing.push(one);
      else await repairRange(sides, options, one, settled, deps);
    }
    unsettled += next.unsettled;
    pending = next;
  }
  settled.inFlight += found.unsettled + unsettled + pending.differences.length + keysOf(pending.missing);
  return settled;
}

/** How many keys ranges hold together. */
export const keysOf = (missing: Found['missing']): number => missing.reduce((sum, { keys }) => sum + keys, 0);

async function waitForLag({ own, peer }: Standings, { clock, signal, alive }: SettleDeps): Promise<number> {
  // Where nothing waits in outbox and queue (which counts hidden messages, too), a lag is that of an outage that has passed.
  const lagMs = Math.max(0, ...[own, peer].filter(({ backlog }) => backlog > 0).map((side) => side.lagMs ?? 0));
  const waitMs = Math.min(MOST_WAIT_MS, Math.max(LEAST_WAIT_MS, 2 * lagMs));
  await alive();
  await clock.wait(waitMs, signal);
  signal.throwIfAborted();
  return waitMs;
}

const pointsHere = (verdict: Verdict): boolean => verdict === 'ours' || verdict === 'both';
const pointsThere = (verdict: Verdict): boolean => verdict === 'theirs' || verdict === 'both';

/** Is the side that would send at a standstill, or has it not yet sent what it had when the difference was found? */
function isUnderWay({ own, peer }: Standings, verdict: Verdict, waitedMs: number): boolean {
  const senders = [...(pointsHere(verdict) ? [own] : []), ...(pointsThere(verdict) ? [peer] : [])];
  return senders.some((sender) => (sender.stalled && sender.backlog > 0) || sender.oldestMs > waitedMs);
}

/** Which single keys differ as they did before; what differs in another way goes to `next`. */
async function confirmKeys(
  sides: Sides,
  options: CompareOptions,
  standings: Standings,
  before: readonly Difference[],
  next: Found,
): Promise<Difference[]> {
  const again: Found = { differences: [], missing: [], unsettled: 0 };
  for (const batch of batchesOf(before, limits.keys)) {
    await compareKeys(sides, options, standings, { ranges: [], keys: batch.map(({ key }) => key) }, again);
  }
  const now = new Map(again.differences.map((difference) => [difference.key, difference]));
  return before.filter((difference) => {
    const found = now.get(difference.key);
    if (found === undefined || found.verdict === 'refused') return false;
    if (isSame(found, difference)) return true;
    next.differences.push(found);
    return false;
  });
}

/** Which ranges are still missing as a whole; what is there of the others by now is compared, into `next`. */
async function confirmRanges(
  sides: Sides,
  options: CompareOptions,
  standings: Standings,
  before: Found['missing'],
  next: Found,
): Promise<Found['missing'][number][]> {
  const confirmed: Found['missing'][number][] = [];
  for (const one of before) {
    const now: Found = { differences: [], missing: [], unsettled: 0 };
    await compareRange(sides, options, standings, one.range, now);
    const [whole] = now.missing;
    const { from, to } = one.range;
    if (whole !== undefined && whole.verdict === one.verdict && whole.range.from === from && whole.range.to === to) confirmed.push(whole);
    else {
      next.differences.push(...now.differences);
      next.missing.push(...now.missing);
      next.unsettled += now.unsettled;
    }
  }
  return confirmed;
}

async function repairKeys(
  sides: Sides,
  options: CompareOptions,
  differences: readonly Difference[],
  settled: Settled,
  deps: SettleDeps,
): Promise<void> {
  for (const verdict of ['ours', 'theirs'] as const) {
    const points = verdict === 'ours' ? pointsHere : pointsThere;
    const keys = differences.filter((difference) => points(difference.verdict)).map(({ key }) => key);
    if (deps.dryRun) count(settled, verdict, keys.length);
    else
      for (const batch of batchesOf(keys, limits.keys))
        count(settled, verdict, (await repoint(sides, options, verdict, batch, null, deps)).pointed);
  }
  settled.findings.push(...differences.filter(({ verdict }) => deps.dryRun || forOperators.has(verdict)));
}

async function repairRange(
  sides: Sides,
  options: CompareOptions,
  { range, verdict, keys }: Found['missing'][number],
  settled: Settled,
  deps: SettleDeps,
): Promise<void> {
  if (deps.dryRun) return count(settled, verdict, keys);
  for (let from: string | null = range.from, more = true; more;) {
    const done = await repoint(sides, options, verdict, [], { from, to: range.to }, deps);
    count(settled, verdict, done.pointed);
    from = done.next;
    more = done.next !== null;
  }
}

/** Has the side that holds more point at it, as soon as its backlog allows. */
async function repoint(
  sides: Sides,
  { entity }: CompareOptions,
  verdict: 'ours' | 'theirs',
  keys: string[],
  range: KeyRange | null,
  { clock, signal, alive }: SettleDeps,
): Promise<RepointAnswer> {
  const side = verdict === 'ours' ? sides.own : sides.peer;
  for (;;) {
    const answer = await side.repoint({ protocol: PROTOCOL_VERSION, entity, keys, range });
    if (!answer.busy) return answer;
    await alive();
    await clock.wait(BUSY_WAIT_MS, signal);
    signal.throwIfAborted();
  }
}

function count(settled: Settled, verdict: 'ours' | 'theirs', keys: number): void {
  if (verdict === 'ours') settled.pointed += keys;
  else settled.asked += keys;
}

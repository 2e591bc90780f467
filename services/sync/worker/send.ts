import { backoffMs, type Clock } from '#platform/clock.ts';
import type { Logger } from '#platform/log.ts';

import type { ItemResult } from '../protocol/answer.ts';
import { bytesOf, cut, grouped, type Columns, type Row } from './bodies.ts';
import type { Gate, Place } from './flow/gate.ts';
import { NotAcknowledged } from './not-acknowledged.ts';
import type { Peer } from './post.ts';

const ATTEMPTS = 5;
const RETRY_BASE_MS = 200;
const RETRY_CAP_MS = 3_000;
/** A body may come out this much larger than aimed at before it is cut again. */
const TOLERANCE = 1.5;

export interface SendDeps {
  readonly peer: Peer;
  readonly gate: Gate;
  readonly clock: Clock;
  readonly log: Logger;
  readonly columns: Columns;
  readonly tracesOf: (rows: readonly Row[]) => readonly string[];
  /** Takes what the peer answered to rows, before they count as sent. */
  readonly settle: (rows: readonly Row[], results: readonly ItemResult[]) => Promise<void>;
}

/**
 * Sends rows in as many bodies as the border calls for at the moment that there is a place for each. A body that was cut off is sent again, in
 * smaller ones, while others get through: what was answered stays answered. Returns the first failure that waiting here would not mend.
 */
export async function sendRows(deps: SendDeps, rows: readonly Row[], signal: AbortSignal, attempt = 1): Promise<unknown> {
  const { gate } = deps;
  let place: Place;
  try {
    place = await gate.enter(signal);
  } catch (error) {
    return error;
  }
  // Cut now: while it waited for its place, the border may have become another one.
  const [body = [], ...rest] = cut(rows, gate.rawTargetBytes() * TOLERANCE);
  const others = rest.map(async (more) => sendRows(deps, more, signal, attempt));
  return firstOf([...others, sendFrom(deps, place, body, signal, attempt)]);
}

/** Sends one body from a place that is given up with the first try; see `sendRows`. */
export async function sendFrom(deps: SendDeps, place: Place, body: readonly Row[], signal: AbortSignal, attempt = 1): Promise<unknown> {
  const { gate, clock, log } = deps;
  const own = await sendBody(deps, body, place, signal).catch((error: unknown) => error);
  if (own === undefined) return undefined;
  if (own === TOO_LARGE || (body.length > 1 && isRefusedWhole(own))) {
    const halves = cut(body, bytesOf(body) / 2);
    return firstOf(halves.map(async (half) => sendRows(deps, half, signal, attempt)));
  }
  if (!passes(own) || attempt >= ATTEMPTS || signal.aborted || gate.failuresInARow() > gate.limit() + ATTEMPTS) {
    if (own instanceof NotAcknowledged && own.kind !== 'answer') gate.shut(own);
    return own;
  }
  log.debug({ err: own, attempt, items: body.length }, 'a body did not get through; it is sent again');
  await clock.wait(backoffMs(attempt, RETRY_BASE_MS, RETRY_CAP_MS), signal);
  return sendRows(deps, body, signal, attempt + 1);
}

const TOO_LARGE = Symbol('compressed worse than expected');

/** Sends one body from its place. Undefined when it was answered. */
async function sendBody(deps: SendDeps, rows: readonly Row[], place: Place, signal: AbortSignal): Promise<undefined | typeof TOO_LARGE> {
  const { peer, gate } = deps;
  try {
    const { groups, ordered } = grouped(rows, deps.columns);
    const batch = await peer.pack(groups);
    gate.packed(batch.rawBytes, batch.body.length);
    if (rows.length > 1 && batch.body.length > gate.targetBytes() * TOLERANCE) return TOO_LARGE;
    const { results, peerMs } = await peer.post(batch, signal, {
      timeoutMs: gate.timeLimitMs(batch.body.length),
      traces: deps.tracesOf(rows),
    });
    place.answered(batch.body.length, peerMs);
    await deps.settle(ordered, results);
    return undefined;
  } catch (error) {
    if (error instanceof NotAcknowledged && !signal.aborted) {
      if (error.kind === 'reset' || error.kind === 'timeout') place.dropped(error.kind);
      if (error.kind === 'refused') place.dropped(error.kind, error.retryAfterMs);
    }
    throw error;
  } finally {
    place.left();
  }
}

/** What a moment's patience may mend. A request that took its whole time is not of these: it would hold up what came with it for as long again. */
const passes = (error: unknown): boolean => error instanceof NotAcknowledged && (error.kind === 'reset' || error.kind === 'refused');

/** The peer could not read the body: one item may be at fault, and the others are to get on. */
const isRefusedWhole = (error: unknown): boolean => error instanceof NotAcknowledged && (error.status === 400 || error.status === 413);

const firstOf = async (failures: readonly Promise<unknown>[]): Promise<unknown> =>
  (await Promise.all(failures)).find((failure) => failure !== undefined);

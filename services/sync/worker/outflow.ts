import { bytesOf, type Row } from './bodies.ts';
import type { Gate, Place } from './flow/gate.ts';
import { MOST_ITEMS } from '../protocol/body.ts';

/** Rows on their way out: they line up here, and a body is made of them when there is a place for it, as large as the border calls for then. */
export interface Outflow {
  add(row: Row): void;
  /** Sends what is lined up, also where it fills no body; resolves when all is sent or has failed. */
  flush(): Promise<void>;
  /** Sends what is lined up without waiting for it: whoever waits for memory must not sit on some of it. */
  push(): void;
  /** The first failure. After it nothing more is sent. */
  failure(): unknown;
}

export function createOutflow(gate: Gate, send: (place: Place, body: readonly Row[]) => Promise<unknown>, signal: AbortSignal): Outflow {
  let line: Row[] = [];
  let lineBytes = 0;
  /** How many wait for a place; each takes a body's worth of the line along. */
  let waiting = 0;
  let failure: unknown;
  const underWay = new Set<Promise<void>>();

  function takeBody(): Row[] {
    const most = gate.rawTargetBytes();
    let count = 0;
    let bytes = 0;
    for (const row of line) {
      if (count === MOST_ITEMS || (count > 0 && bytes + row.item.length > most)) break;
      count += 1;
      bytes += row.item.length;
    }
    const body = line.slice(0, count);
    line = line.slice(count);
    lineBytes -= bytes;
    return body;
  }

  function drop(): void {
    gate.release(lineBytes);
    line = [];
    lineBytes = 0;
  }

  async function sendNext(): Promise<void> {
    let body: Row[] = [];
    try {
      const place = await gate.enter(signal);
      waiting -= 1;
      body = failure === undefined ? takeBody() : [];
      // What was lined up for the place of a body that came out larger, or smaller, than was thought.
      pump(1);
      if (body.length === 0) place.left();
      else failure ??= await send(place, body);
    } catch (error) {
      if (body.length === 0) waiting -= 1;
      failure ??= error;
    }
    gate.release(bytesOf(body));
    if (failure !== undefined) drop();
  }

  /** Lets bodies line up for places while the line holds more than `least` of another body. */
  function pump(least: number): void {
    while (lineBytes > 0 && lineBytes >= waiting * gate.rawTargetBytes() + least) {
      waiting += 1;
      const sent: Promise<void> = sendNext().finally(() => underWay.delete(sent));
      underWay.add(sent);
    }
  }

  return {
    add(row) {
      gate.take(row.item.length);
      line.push(row);
      lineBytes += row.item.length;
      pump(gate.rawTargetBytes());
    },
    push: () => pump(1),
    async flush() {
      pump(1);
      while (underWay.size > 0) {
        await Promise.all(underWay);
        pump(1);
      }
    },
    failure: () => failure,
  };
}

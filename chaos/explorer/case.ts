import { retryParked, reviveOverdue } from '#sync/ingest/parked.ts';

import { heldIn, look, Violation } from './held.ts';
import type { Step } from './history.ts';
import { stampId, type Held, type Write } from './model.ts';
import { log, policies } from './schema.ts';
import { type Side, type Which } from './side.ts';
import { keysOf, type Keys } from './statements.ts';
import type { Tally } from './tally.ts';
import { checkFinal } from './verdict.ts';
import { createWire, type Wire } from './wire.ts';
import { runWrite } from './writing.ts';

/** Long before any write: the clocks of all cases begin here, so that a replay sees the same versions. */
const BASE_MS = 1_790_000_000_000;
/** No deletion is spared patience here: histories that try it say so. */
const NO_GRACE_MS = -1_000;
const ROUNDS = 60;

interface Run {
  readonly sides: readonly [Side, Side];
  readonly wire: Wire;
  readonly keys: Keys;
  readonly writes: Write[];
  readonly known: Set<string>;
  readonly clocks: [number, number];
  readonly lostMessages: [boolean, boolean];
  readonly tally: Tally;
}

const both: readonly Which[] = [0, 1];

async function heldBy(run: Run, which: Which): Promise<Map<string, Held>> {
  return heldIn((await run.sides[which].admin(look(run.keys.all)))[0]);
}

function remember(run: Run, writes: readonly Write[]): void {
  for (const write of writes) {
    if (run.known.has(stampId(write))) throw new Violation(`the stamp ${stampId(write)} was given twice`);
    run.known.add(stampId(write));
    run.writes.push(write);
  }
}

async function setClock(run: Run, which: Which, nowMs: number): Promise<void> {
  run.clocks[which] = nowMs;
  await run.sides[which].admin(`UPDATE explorer.clock SET now_ms = ${nowMs}`);
}

/** Rows that others still need come back: writes of the engine's own, which must be rows that somebody there refers to. */
async function revive(run: Run, which: Which): Promise<number> {
  const side = run.sides[which];
  const revived = await reviveOverdue({ pool: side.sync, policies, log }, NO_GRACE_MS);
  if (revived === 0) return 0;
  const held = [...(await heldBy(run, which)).values()];
  const unknown = held.filter((one) => !run.known.has(stampId(one)));
  for (const one of unknown) {
    if (one.content === null || !held.some(({ parents }) => parents.includes(one.key)))
      throw new Violation(`${one.key} was revived, and nobody needs it`);
  }
  run.tally.add('revived', unknown.length);
  remember(
    run,
    unknown.map((one) => ({ ...one, by: 'revival' })),
  );
  return revived;
}

async function sweepParked({ sides, tally }: Run, which: Which): Promise<number> {
  const released = await retryParked({ pool: sides[which].sync, policies, log });
  tally.add('parked released by a sweep', released);
  return released;
}

async function take(run: Run, step: Step): Promise<void> {
  const { sides, wire, tally } = run;
  const side = sides[step.side];
  switch (step.do) {
    case 'write': {
      const done = await runWrite(side, step, run.keys, BigInt(run.clocks[step.side]));
      if ('refused' in done) return tally.add('writes refused');
      remember(run, done.writes);
      tally.add('writes acknowledged', done.writes.length);
      if (step.end !== 'commit') tally.add(`fault: ${step.end}`);
      for (const { do: kind } of step.statements) tally.add(`statement: ${kind}`);
      if (step.published !== 'later') await wire.publish(step.side, step.published);
      return;
    }
    case 'publish':
      return wire.publish(step.side, step.fault);
    case 'work': {
      const choose = <T>(queued: readonly T[]): T[] => {
        const picked = queued.filter((_, at) => ((step.pick >> (at % 4)) & 1) === 1);
        return step.fromTheBack ? picked.reverse() : picked;
      };
      await wire.work(step.side, choose, step.fault);
      return;
    }
    case 'late arrival':
      await wire.arriveLate(step.side, step.which);
      return;
    case 'clock':
      if (step.ms < 0) tally.add('fault: clock steps back');
      if (step.ms >= 288_000) tally.add('fault: clock jumps ahead');
      return setClock(run, step.side, run.clocks[step.side] + step.ms);
    case 'purge queue':
      wire.purge(step.side);
      run.lostMessages[step.side] = true;
      return;
    case 'retry parked':
      await sweepParked(run, step.side);
      return;
    case 'exchange':
      for (const which of both) await wire.publish(which, 'none');
      for (const which of both) await wire.work(which, (queued) => [...queued], 'none');
      return;
    case 'patience ends':
      await revive(run, step.side);
      return;
    default:
      return step satisfies never;
  }
}

/** The network has healed: everything is published, sent and tried again until nothing moves. */
async function heal(run: Run): Promise<void> {
  const { sides, wire } = run;
  const late = Math.max(...run.clocks) + 1_000_000;
  for (const which of both) await setClock(run, which, late);
  for (let round = 1; round <= ROUNDS; round += 1) {
    let moved = 0;
    for (const which of both) {
      if (run.lostMessages[which]) await sides[which].admin('SELECT sync.repoint()');
      run.lostMessages[which] = false;
      await wire.publish(which, 'none');
      const waiting = wire.queued(which);
      const gone = await wire.work(which, (queued) => [...queued], 'none');
      if (gone < waiting) throw new Violation(`${waiting - gone} messages stay in the queue though all is well`);
      moved += gone;
    }
    for (const which of both) moved += await sweepParked(run, which);
    if (moved === 0) for (const which of both) moved += await revive(run, which);
    if (moved === 0) {
      run.tally.measure('rounds to heal', round);
      return;
    }
  }
  throw new Violation(`the sides are still not at rest after ${ROUNDS} rounds`);
}

/** Runs one history on rows of its own and checks what it came to. Throws Violation. */
export async function runCase(sides: readonly [Side, Side], caseNumber: number, history: readonly Step[], tally: Tally): Promise<void> {
  const wire = createWire(sides, tally);
  const run: Run = {
    sides,
    wire,
    keys: keysOf(caseNumber),
    writes: [],
    known: new Set(),
    clocks: [0, 0],
    lostMessages: [false, false],
    tally,
  };
  for (const which of both) await setClock(run, which, BASE_MS);
  for (const step of history) {
    tally.add('operations');
    await take(run, step);
  }
  await heal(run);
  const impatient = history.some((step) => step.do === 'patience ends');
  const final = { world: await heldBy(run, 0), china: await heldBy(run, 1) };
  await checkFinal(sides, run.keys, run.writes, final, { impatient, tally });
  // What arrives after all is settled changes nothing any more.
  let late = 0;
  for (const which of both) while (await wire.arriveLate(which, 0)) late += 1;
  if (late > 0) {
    await heal(run);
    await checkFinal(
      sides,
      run.keys,
      run.writes,
      { world: await heldBy(run, 0), china: await heldBy(run, 1) },
      { impatient, tally: undefined },
    );
  }
  tally.measure('steps a case', history.length);
  tally.measure('writes a case', run.writes.length);
}

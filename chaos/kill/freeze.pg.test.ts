/**
 * Goal: a process that stands still for longer than its leases (a suspended machine, a long pause), is replaced, and then goes on as if nothing had happened
 * does no harm: what it had under way was done by others meanwhile.
 * Method: at a step's request the process is stopped (SIGSTOP) and its request kept back; another one takes its place, and all comes to rest. Then the
 * request goes on its way and the process is continued, beside its successor. Both sides must be equal, and the ledger balanced.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';

import { balance } from '../checkers/ledger.ts';
import { cells, type Cell } from './cells.ts';
import { openPlant, type Plant } from './testing/plant.ts';
import { endLeases, shortenVisibility, untilSettled } from './testing/settled.ts';
import { isMeant, victimOf } from './testing/victim.ts';
import { createWriter } from './testing/writer.ts';

/** Steps after which something is promised: what the one that stood still says then is late. */
const steps: readonly [Cell['victim'], string][] = [
  ['publisher', 'send'],
  ['publisher', 'settle'],
  ['worker', 'post'],
  ['worker', 'delete'],
  ['ingest', 'commit'],
];

let plant: Plant;
const { write, acknowledged } = createWriter('FREEZE');

beforeAll(async () => {
  plant = await openPlant();
  await shortenVisibility(plant);
}, 120_000);
afterAll(async () => plant?.close(), 60_000);

const cases = (['world', 'china'] as const).flatMap((from, side) =>
  steps
    .filter((_, index) => isMeant(side, index))
    .map(([victim, step]) => {
      const cell = cells.find((other) => other.victim === victim && other.step === step && other.at === 'request');
      if (cell === undefined) throw new Error(`no cell is called ${victim} at ${step}`);
      return [from, victim, step, cell] as const;
    }),
);

test.each(cases)(
  'from %s, %s frozen at %s and replaced: what it does when it goes on changes nothing',
  async (from, _victim, _step, cell) => {
    const [here, there] = from === 'world' ? [plant.world, plant.china] : [plant.china, plant.world];
    const { at, role } = victimOf(cell, here, there);
    expect(await write(here, 'before')).toBe(true);
    await untilSettled(plant);
    const frozen = at.processes[role];
    const trap = at.wires[role][cell.wire.to].set({
      request: cell.request[from],
      at: 'request',
      hold: true,
      spring: () => frozen.kill('SIGSTOP'),
    });
    try {
      // Where the publisher is the one that is frozen, nobody may be left to acknowledge it.
      const during = write(here, 'during');
      const { letGo } = await trap;
      await at.restart(role);
      expect(await write(here, 'after')).toBe(true);
      await endLeases(here);
      const before = await untilSettled(plant);
      letGo();
      frozen.kill('SIGCONT');
      await during;
      expect(await write(there, 'thawed')).toBe(true);
      const { world, china } = await untilSettled(plant);
      expect(frozen.hasEnded()).toBe(false);
      expect([...world.losers, ...china.losers]).toEqual([]);
      expect(balance(acknowledged, [...world.live, ...china.live], []).unaccounted).toEqual([]);
      expect(world.live.length).toBeGreaterThan(before.world.live.length);
    } finally {
      frozen.kill('SIGCONT');
      await frozen.stop();
    }
  },
  60_000,
);

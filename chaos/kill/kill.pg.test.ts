/**
 * Goal: whoever dies, and at whatever step, what was acknowledged is there, on both sides, once.
 * Method: every process of sync is killed (SIGKILL) at each of its steps, in both clouds: before its request leaves, and when the other side has
 * done what was asked and the answer is on its way. Real PostgreSQL, SQS and MNS as processes; a proxy on the wire of the one process knows the
 * step by its bytes and kills. The process is started again, and then both sides must be equal, the ledger balanced, and nothing left anywhere.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';

import { balance } from '../checkers/ledger.ts';
import { cells } from './cells.ts';
import { openPlant, type Plant } from './testing/plant.ts';
import { endLeases, shortenVisibility, untilSettled, watchRecovery } from './testing/settled.ts';
import { isMeant, victimOf } from './testing/victim.ts';
import { createWriter } from './testing/writer.ts';

const directions = ['world', 'china'] as const;

let plant: Plant;
const { write, acknowledged } = createWriter('KILL');

beforeAll(async () => {
  plant = await openPlant();
  await shortenVisibility(plant);
}, 120_000);
afterAll(async () => {
  await plant?.close();
}, 60_000);

const cases = directions.flatMap((from, side) =>
  cells
    .filter((_, index) => isMeant(side, Math.floor(index / 2)))
    .map((cell) => [from, cell.victim, cell.signal === undefined ? 'killed' : 'stopped', cell.step, cell.at, cell] as const),
);

test.each(cases)(
  'from %s, %s %s at %s (%s): nothing is lost or done twice',
  async (from, _victim, _how, _step, _at, cell) => {
    const [here, there] = from === 'world' ? [plant.world, plant.china] : [plant.china, plant.world];
    expect(await write(here, 'before')).toBe(true);
    if (cell.victim !== 'publisher') await untilSettled(plant);
    const { at, role } = victimOf(cell, here, there);
    const { wire } = cell;
    const sprung = (wire.side === 'here' ? here : there).wires[wire.role][wire.to].set({
      request: cell.request[from],
      ...(cell.answer === undefined ? {} : { answer: cell.answer }),
      at: cell.at,
      spring({ backendPid }) {
        if (cell.victim !== 'apply backend') return at.processes[role].kill(cell.signal ?? 'SIGKILL');
        if (backendPid === undefined) throw new Error('the backend did not tell its process id');
        process.kill(backendPid, 'SIGKILL');
      },
    });
    const recovered = cell.victim === 'apply backend' ? await watchRecovery(there) : undefined;
    await write(here, 'during');
    await sprung;
    if (recovered !== undefined) {
      // The server recovers by itself, and none of the product's processes minds.
      await recovered();
      await expect.poll(() => write(here, 'after'), { timeout: 30_000 }).toBe(true);
    } else {
      expect(await at.processes[role].ended).toBe(cell.signal === undefined ? 'SIGKILL' : 'code 0');
      await at.restart(role);
      expect(await write(here, 'after')).toBe(true);
    }
    await Promise.all([endLeases(here), endLeases(there)]);
    const { world, china } = await untilSettled(plant);
    // Whether the last write before the kill was acknowledged or not, it was committed, and its pointer with it.
    const live = [...world.live, ...china.live];
    const losers = [...world.losers, ...china.losers];
    expect(losers).toEqual([]);
    expect(balance(acknowledged, live, losers).unaccounted).toEqual([]);
    for (const region of [plant.world, plant.china])
      for (const [name, process] of Object.entries(region.processes)) expect(process.hasEnded(), `${region.region} ${name}`).toBe(false);
  },
  90_000,
);

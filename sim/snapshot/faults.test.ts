import { describe, expect, it } from 'vitest';
import type { Fault } from '../faults/fault.ts';
import { clearTheWay, isInTheDatabasesWay, isInTheWay, setClocks, type LoadFaults } from './faults.ts';

const fault = (kind: string, target: string): Fault => ({
  id: `${kind} ${target}`,
  kind,
  target,
  summary: 'broken',
  since: '',
  until: null,
});

/** Faults in force; those of `waiting` cannot be healed before the others are. */
function inForce(all: readonly Fault[], waiting: readonly string[] = []): LoadFaults & { left(): string[] } {
  let left = all;
  return {
    left: () => left.map(({ id }) => id),
    async heal(chosen) {
      const before = left.filter(chosen);
      const stuck = before.filter(({ id }) => waiting.includes(id) && before.length > 1);
      const healed = before.filter((one) => !stuck.includes(one));
      left = left.filter((one) => !healed.includes(one));
      if (stuck.length > 0) throw new Error(`${stuck.length} could not be healed`);
      return healed;
    },
    async setClock({ process, skewMs }) {
      if (process !== 'world-services') throw new RangeError(`no process is called ${process}`);
      return { ...fault('clock', process), summary: `${skewMs} ms ahead` };
    },
  };
}

const inTheWay = [
  fault('process', 'world-front'),
  fault('clock', 'china-services'),
  fault('database-exhaust', 'china:postgres'),
  fault('secret-deny', 'world:secrets'),
  fault('cut', 'world:secrets'),
  fault('slow', 'world:postgres'),
];
const others = [fault('cut', 'border:world-china'), fault('queue-drop', 'world:queue'), fault('cut', 'world:mail')];

describe('before a load', () => {
  it('what nothing could be started under is healed, and told; the rest stays', async () => {
    const faults = inForce([...inTheWay, ...others]);
    const healed = await clearTheWay(faults, isInTheWay);
    expect(healed).toEqual(inTheWay);
    expect(faults.left()).toEqual(others.map(({ id }) => id));
  });

  it('what can be healed after another alone is healed, and both are told', async () => {
    const faults = inForce([...inTheWay, ...others], ['process world-front']);
    const healed = await clearTheWay(faults, isInTheWay);
    expect(new Set(healed)).toEqual(new Set(inTheWay));
    expect(faults.left()).toEqual(others.map(({ id }) => id));
  });

  it("of a region's database alone, that of its process is", async () => {
    const [own, peer] = [fault('process', 'world-postgres'), fault('process', 'china-postgres')];
    const faults = inForce([own, peer, ...others]);
    expect(await clearTheWay(faults, isInTheDatabasesWay('world'))).toEqual([own]);
  });
});

it('clocks are set one by one, and those that cannot be are told', async () => {
  const clocks = ['china-auth', 'world-services'].map((process) => ({ process, skewMs: 5, leftMs: null }));
  expect(await setClocks(inForce([]), clocks)).toEqual({
    clocks: [{ ...fault('clock', 'world-services'), summary: '5 ms ahead' }],
    clocksLeft: [{ process: 'china-auth', reason: 'no process is called china-auth' }],
  });
});

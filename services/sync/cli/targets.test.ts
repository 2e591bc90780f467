import { expect, test } from 'vitest';

import { CommandFailure } from './failure.ts';
import { findTargets, type CallSim } from './targets.ts';

const tokenOf = (region: string) => ({ [region]: { url: `http://127.0.0.1/${region}`, accessToken: `token-of-${region}` } });
const down = new CommandFailure('china:front has not been started');

/** A twin in which `running` have been started: asked for all, it answers for all or for none. */
const twin =
  (...running: readonly string[]): CallSim =>
  async (args) => {
    const wanted = args.filter((arg) => !arg.startsWith('-') && arg !== 'token');
    const regions = wanted.length > 0 ? wanted : ['world', 'china'];
    if (!regions.every((region) => running.includes(region))) throw down;
    return JSON.stringify(Object.assign({}, ...regions.map(tokenOf)));
  };

test('a twin that runs one region answers for that one, and says why the other is missing', async () => {
  const [world, china] = await findTargets({ region: 'both' }, twin('world'));
  expect(await world?.token()).toBe('token-of-world');
  await expect(china?.token()).rejects.toBe(down);
});

test('both are asked with one call, and one alone by its name', async () => {
  const calls: string[] = [];
  const counted: CallSim = (args) => (calls.push(args.join(' ')), twin('world', 'china')(args));
  const both = await findTargets({ region: 'both' }, counted);
  const one = await findTargets({ region: 'china' }, counted);
  expect(await Promise.all([...both, ...one].map((target) => target.token()))).toEqual([
    'token-of-world',
    'token-of-china',
    'token-of-china',
  ]);
  expect(calls).toEqual(['token --json', 'token --json china']);
});

test('a twin that is not up is one failure', async () => {
  await expect(findTargets({ region: 'both' }, twin())).rejects.toBe(down);
  await expect(findTargets({ region: 'china' }, twin('world'))).rejects.toBe(down);
});

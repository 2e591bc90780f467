import { expect, it } from 'vitest';
import { useOneLink } from './testing/one-link.ts';

const one = useOneLink();

const kinds = [
  { kind: 'cut', params: { how: 'refuse' } },
  { kind: 'cut', params: { how: 'blackhole' } },
  { kind: 'slow', params: { rttMs: 80 } },
  { kind: 'limit', params: { bytes: 100 } },
  { kind: 'preset', params: { name: 'border-evening' } },
] as const;

it.each(kinds)('$kind $params is in force again on a Toxiproxy that has begun anew, and heals', async ({ kind, params }) => {
  const fault = await one.apply(kind, params);
  const inForce = await one.view();
  await one.forget();
  expect(await one.isWhole()).toBe(true);
  expect(fault.restored?.on).toEqual(['toxiproxy']);
  await fault.restored?.again();
  expect(await one.view()).toEqual(inForce);
  await fault.heal();
  expect(await one.isWhole()).toBe(true);
  await one.echoed();
});

it('a link that a flapping keeps shut is shut again, and heals', async () => {
  const { linkSwitch } = one.context;
  const fault = await one.apply('preset', { name: 'flapping', seed: 1 });
  await linkSwitch.shut('border:world-china', 'preset');
  await one.forget();
  await fault.restored?.again();
  await expect(one.open()).rejects.toThrow('ECONNREFUSED');
  await fault.heal();
  await one.echoed();
});

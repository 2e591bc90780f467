import { Wait, type WaitStrategy } from 'testcontainers';
import { expect, it } from 'vitest';
import { tellingWait } from './waits.ts';

type Arguments = Parameters<WaitStrategy['waitUntilReady']>;

/** Waits through a strategy whose inner one ends in this way; answers what was told. */
async function wait(inner: () => Promise<void>, offer: () => Promise<void> = async () => undefined): Promise<string[]> {
  const told: string[] = [];
  const strategy = tellingWait('db', Object.assign(Wait.forListeningPorts(), { waitUntilReady: inner }), {
    async ready(service) {
      await offer();
      told.push(`${service} is ready`);
    },
    failed: (error) => void told.push(error.message),
  });
  // Neither is looked at by the inner strategy of this test.
  await strategy.waitUntilReady(...([{}, {}] as unknown as Arguments));
  return told;
}

it('tells of the container as soon as it is ready', async () => {
  expect(await wait(async () => undefined)).toStrictEqual(['db is ready']);
});

it('does not fail where the container does, for its volumes would go with it', async () => {
  expect(await wait(() => Promise.reject(new Error('not healthy after 240 s')))).toStrictEqual(['not healthy after 240 s']);
});

it('does not fail where the container cannot be filled', async () => {
  const told = await wait(
    async () => undefined,
    () => Promise.reject(new Error('no such role')),
  );
  expect(told).toStrictEqual(['no such role']);
});

it('passes the time limit on', () => {
  const inner = Wait.forListeningPorts();
  const strategy = tellingWait('db', inner, { ready: async () => undefined, failed: () => undefined });
  expect(strategy.isStartupTimeoutSet()).toBe(false);
  expect(strategy.withStartupTimeout(7000)).toBe(strategy);
  expect([inner.getStartupTimeout(), strategy.getStartupTimeout(), strategy.isStartupTimeoutSet()]).toStrictEqual([7000, 7000, true]);
});

import { Type } from 'typebox';
import { describe, expect, it } from 'vitest';

import type { Clock } from '../clock.ts';
import { cacheSecrets, type Secrets } from './cache.ts';

const Shape = Type.Object({ n: Type.Number() });

/** A store whose answer and clock the test sets. */
function scene(): { secrets: Secrets; state: { nowMs: number; answer: string | Error; reads: number } } {
  const state: { nowMs: number; answer: string | Error; reads: number } = { nowMs: 0, answer: '{"n":1}', reads: 0 };
  const clock: Clock = { now: () => state.nowMs, wait: async () => undefined };
  const store = {
    async get(): Promise<string> {
      state.reads += 1;
      if (state.answer instanceof Error) throw state.answer;
      return state.answer;
    },
    close: () => undefined,
  };
  return { secrets: cacheSecrets(store, { clock }), state };
}

describe('cached secrets', () => {
  it('are read once for readers at the same time, and again after a minute', async () => {
    const { secrets, state } = scene();
    await Promise.all([secrets.json('a', Shape), secrets.json('a', Shape)]);
    expect(state.reads).toBe(1);
    state.answer = '{"n":2}';
    state.nowMs = 59_999;
    expect(await secrets.json('a', Shape)).toEqual({ n: 1 });
    state.nowMs = 60_000;
    expect(await secrets.json('a', Shape)).toEqual({ n: 2 });
    expect(state.reads).toBe(2);
  });

  it('are read again at once after invalidate', async () => {
    const { secrets, state } = scene();
    await secrets.json('a', Shape);
    state.answer = '{"n":2}';
    secrets.invalidate('a');
    expect(await secrets.json('a', Shape)).toEqual({ n: 2 });
  });

  it('serve an older value while the store fails, ask it only now and then, and give up after an hour', async () => {
    const { secrets, state } = scene();
    await secrets.json('a', Shape);
    state.answer = new Error('down');
    state.nowMs = 61_000;
    expect(await secrets.json('a', Shape)).toEqual({ n: 1 });
    expect(await secrets.json('a', Shape)).toEqual({ n: 1 });
    expect(state.reads).toBe(2);
    state.nowMs = 3_600_001;
    await expect(secrets.json('a', Shape)).rejects.toThrow('secret a cannot be read: down');
  });

  it('never quote a value in an error', async () => {
    const { secrets, state } = scene();
    state.answer = 'hunter2';
    await expect(secrets.json('a', Shape)).rejects.toThrow(/^(?!.*hunter2).*not JSON/);
    state.answer = '{"n":"hunter2"}';
    await expect(secrets.json('a', Shape)).rejects.toThrow(/^(?!.*hunter2).*expected shape/);
  });
});

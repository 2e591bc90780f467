import { describe, expect, it } from 'vitest';
import type { TwinState } from '../supervisor/state.ts';
import { blankState } from '../supervisor/testing/state.ts';
import { processesIn } from '../topology/processes.ts';
import { services } from '../topology/regions.ts';
import { downReason, processesOf, stateOf } from './process-states.ts';
import { syncStates } from './sync-state.ts';

/** A twin of which everything runs but the processes named. */
function twinWithout(...dead: readonly string[]): TwinState {
  return {
    ...blankState,
    processes: processesIn({ mode: 'embedded', split: false, attached: {} }).map(({ name, stopStage }) => ({
      name,
      pid: 1,
      startTime: '1',
      state: dead.includes(name) ? 'exited' : 'running',
      exitCode: null,
      signal: null,
      stopStage,
      stopSignal: 'SIGTERM',
      logFile: '',
      readyMs: 1,
    })),
  };
}

describe('a name', () => {
  const twin = twinWithout();

  it('of a service alone means the processes of both regions', () => {
    for (const service of services) expect(processesOf(twin, service)).toEqual(['world-services', 'china-services']);
  });

  it('of a process, a component or one region’s service means one process', () => {
    expect(processesOf(twin, 'china-services')).toEqual(['china-services']);
    expect(processesOf(twin, 'china:catalog')).toEqual(['china-services']);
    expect(processesOf(twin, 'world:queue')).toEqual(['world-cloud']);
    expect(processesOf(twin, 'mail')).toEqual(['mail']);
  });

  it('that nothing has is refused with the names there are', () => {
    expect(() => processesOf(twin, 'moon')).toThrow('nothing is called moon');
  });
});

describe('a direction of sync', () => {
  const nowhere = 'postgres://127.0.0.1:1/none';

  it('is stopped while the process that sends is down, whatever else cannot be asked', async () => {
    const twin = twinWithout('world-services');
    expect(stateOf(twin, 'world:sync')).toBe('exited');
    const directions = await syncStates(
      { world: nowhere, china: nowhere },
      () => Promise.reject(new Error('no queue')),
      (region) => downReason(twin, `${region}:sync-worker`),
    );
    expect(directions['world-china']).toMatchObject({ state: 'stopped', reason: 'world-services is down', queued: null });
    expect(directions['china-world']).toMatchObject({ state: 'unknown' });
    expect(directions['china-world']?.reason).toContain('ECONNREFUSED');
  });
});

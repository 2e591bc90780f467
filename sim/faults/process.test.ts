import { describe, expect, it } from 'vitest';
import { blankState } from '../supervisor/testing/state.ts';
import { twinPaths } from '../supervisor/state.ts';
import type { FaultContext } from './kind.ts';
import { processFault } from './process.ts';

/** A twin in which everything runs, and that writes down which signals are sent. */
function scene({ split = false } = {}) {
  const signals: string[] = [];
  const unused = (): never => {
    throw new Error('a fault of a process needs no such thing');
  };
  const runs = {
    pid: 1,
    startTime: '1',
    exitCode: null,
    signal: null,
    stopStage: 1,
    stopSignal: 'SIGTERM',
    readyMs: 1,
    logFile: '',
  } as const;
  const process = (name: string) => ({ ...runs, name, state: 'running' as const });
  const state = {
    ...blankState,
    split,
    processes: ['world-services', 'world-sync-worker', 'world-sync-ingest'].map(process),
    addresses: {},
  };
  const context: FaultContext = {
    paths: twinPaths('/nowhere'),
    state: () => state,
    address: () => 'http://127.0.0.1:9',
    signal: (name, signal) => void signals.push(`${signal} ${name}`),
    container: () => undefined,
    restart: unused,
    setClock: unused,
    detour: async () => undefined,
    linkSwitch: { shut: unused, release: unused, renew: unused },
  };
  const apply = (action: string, target: string) => processFault({ action }, context)(target);
  return { signals, state, apply };
}

describe('a process that is idle', () => {
  it('must be one that requests wake: a worker works by itself', async () => {
    const { apply, signals } = scene({ split: true });
    await expect(apply('idle', 'world-sync-worker')).rejects.toThrow(/nothing would wake it: npm run sim -- fault stop world-sync-worker/);
    expect(signals).toEqual([]);
    const ingest = await apply('idle', 'world-sync-ingest');
    expect(signals).toEqual(['SIGSTOP world-sync-ingest']);
    await ingest.heal();
  });

  it('has a successor that is so too, and one that has ended is left alone', async () => {
    const { apply, signals, state } = scene();
    const { inherited, heal } = await apply('idle', 'world-services');
    await inherited?.named?.();
    expect(signals).toEqual(['SIGSTOP world-services', 'SIGSTOP world-services']);
    state.processes = [];
    await inherited?.named?.();
    await heal();
    expect(signals).toHaveLength(2);
  });
});

describe('a process that is stopped', () => {
  it('has a successor that is stopped before anything leads to it, and goes on with it', async () => {
    const { apply, signals } = scene();
    const { inherited, heal } = await apply('stop', 'world-services');
    inherited?.ready?.((signal) => void signals.push(`${signal} successor`));
    expect(signals).toEqual(['SIGSTOP world-services', 'SIGSTOP successor']);
    await heal();
    expect(signals.slice(2)).toEqual(['SIGCONT successor', 'SIGCONT world-services']);
  });
});

import { describe, expect, it } from 'vitest';
import type { Fault } from '../faults/fault.ts';
import { blankState } from '../supervisor/testing/state.ts';
import { namesMeant } from './heal.ts';

const fault = (id: string, kind: string, target: string): Fault => ({ id, kind, target, summary: kind, since: '', until: null });
const faults = [fault('f1', 'cut', 'border:world-china'), fault('f2', 'process', 'world-services'), fault('f3', 'clock', 'china:clock')];
const state = { ...blankState, faults };
const border = ['border:world-china', 'border:china-world'];

describe('a name to heal', () => {
  it('is the id of a fault, and no more than that', () => {
    expect(namesMeant(state, ['f1'])).toEqual({ ids: ['f1'], targets: [], links: [] });
  });

  it('is a link, a group or a pattern, also where no fault of ours is on it', () => {
    expect(namesMeant(state, ['border'])).toEqual({ ids: [], targets: border, links: border });
    expect(namesMeant(state, ['border:*,f2'])).toEqual({ ids: ['f2'], targets: border, links: border });
    expect(namesMeant(state, ['china:mail']).links).toEqual(['china:mail']);
  });

  it('is a region, with all that bears its name', () => {
    const { targets, links } = namesMeant(state, ['world']);
    expect(targets).toContain('world-services');
    expect(targets).toContain('world:postgres');
    expect(targets.some((target) => target.startsWith('china') || target.startsWith('border'))).toBe(false);
    expect(links.every((link) => link.startsWith('world:'))).toBe(true);
    expect(namesMeant(state, ['china']).targets).toContain('china:clock');
  });

  it('is a process, a service, or the target of any fault', () => {
    expect(namesMeant(state, ['world-services'])).toEqual({ ids: [], targets: ['world-services'], links: [] });
    expect(namesMeant(state, ['catalog']).targets).toEqual(['world-services', 'china-services']);
    expect(namesMeant(state, ['world:postgres'])).toMatchObject({
      targets: ['world:postgres', 'world-postgres'],
      links: ['world:postgres'],
    });
    expect(namesMeant(state, ['china:clock'])).toMatchObject({ targets: ['china:clock'], links: [] });
  });

  it('is told when it means nothing, with what may have been meant', () => {
    expect(() => namesMeant(state, ['border', 'bordr'])).toThrow('no fault, link or process is called bordr; did you mean border?');
    expect(() => namesMeant(state, ['f9'])).toThrow('no fault, link or process is called f9');
  });
});

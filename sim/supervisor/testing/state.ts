import type { TwinState } from '../state.ts';

/** The state of a twin that is ready, with nothing in it. */
export const blankState: TwinState = {
  mode: 'embedded',
  split: false,
  image: false,
  secondFactor: false,
  attached: {},
  skews: {},
  ended: {},
  detours: {},
  faults: [],
  reload: null,
  marker: 'MADEINWORLD_TWIN=test',
  regions: ['world', 'china'],
  phase: 'ready',
  startedAt: '2026-01-01T00:00:00.000Z',
  readyAfterMs: 1,
  supervisor: { pid: 1, startTime: '1' },
  processes: [],
  addresses: {},
  versions: {},
  links: {},
  adminPanel: 'built',
  progress: [],
  failure: null,
};

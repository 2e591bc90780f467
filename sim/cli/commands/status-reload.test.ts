import { stripVTControlCharacters } from 'node:util';
import { expect, it } from 'vitest';
import type { Reload } from '../../supervisor/state.ts';
import { showReload } from './status-reload.ts';

const failed: Reload = {
  processes: ['world-front'],
  files: ['edge/worker.ts'],
  at: '2026-01-01T00:00:00.000Z',
  state: 'failed',
  tookMs: 1,
  error: 'world-front ended with code 1: boom',
  typeErrors: [],
};
const shown = (state: string): string => {
  const process = { pid: 1, state, exitCode: null, signal: null, logFile: '' };
  return stripVTControlCharacters(showReload(failed, { 'world-front': process }).join('\n'));
};

it.each(['running', 'frozen'])('the old ones serve on where they are %s', (state) => {
  expect(shown(state)).toContain('edge/worker.ts  not served: the old ones serve on');
});

it.each(['exited', 'stopped'])('nothing is said to serve on that is %s', (state) => {
  expect(shown(state)).toContain('edge/worker.ts  not served: world-front does not run\n  | world-front ended with code 1: boom');
});

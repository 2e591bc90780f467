import type { Shape } from './fold.ts';

/** The tables of `#sync/testing/merged.ts`, written down again on purpose. */
export const ticket: Shape = {
  entity: 'catalog.ticket',
  groups: { content: ['title', 'body'], work: ['assignee'], progress: ['state', 'reason'] },
  counters: ['views'],
  ranks: { group: 'progress', column: 'state', order: { new: 0, open: 1, done: 2, refused: 2 } },
};

export const branch: Shape = { entity: 'catalog.branch', groups: { home: ['home', 'name'] }, counters: [], home: 'home' };

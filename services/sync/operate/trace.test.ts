import { expect, test } from 'vitest';

import { assemble } from './trace.ts';
import type { Step } from './trace.repository.ts';

const published = (version: string): Step => ({
  step: 'published',
  at: '2026-01-01T00:00:02Z',
  began_at: null,
  entity: 'catalog.product',
  version,
  written_at: '2026-01-01T00:00:01Z',
  message: 'm1',
  nonce: null,
  bytes: null,
  ms: null,
  failure: null,
  other: null,
});

test('a message that names several versions of a row was received with the greatest, in whatever order it names them', () => {
  const receptions = [{ message: 'm1', at: '2026-01-01T00:00:03Z' }];
  for (const steps of [
    [published('9'), published('10')],
    [published('10'), published('9')],
  ]) {
    const received = assemble('world', steps, receptions, []).filter(({ step }) => step === 'received');
    expect(received.map(({ version }) => version)).toEqual(['10']);
  }
});

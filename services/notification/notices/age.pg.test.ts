/** Goal: nothing of anybody is kept for ever: what is settled or given up goes by age, and what still waits stays. Planted once: dead notices that stay. */
import { afterAll, beforeAll, expect, it } from 'vitest';

import { openScene, type Scene } from '../testing/scene.ts';
import { deleteOld } from './notices.repository.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene.close());

it('notices go by age, unless they wait to be sent', async () => {
  const states = ['queued', 'sending', 'sent', 'suppressed', 'failed', 'dead'];
  const insert = (state: string, days: number) =>
    scene.superuser.query(
      `INSERT INTO notification.notice (id, event_id, event_type, subject_id, channel, template, state, next_try_at, claim, leased_until, sent_at, created_at)
       SELECT gen_random_uuid(), gen_random_uuid(), 'madeinworld.order.confirmed.v1', 'aged', 'email', 'order-confirmed', $1,
         CASE WHEN $1 IN ('queued', 'failed') THEN now() END, CASE $1 WHEN 'sending' THEN gen_random_uuid() END,
         CASE $1 WHEN 'sending' THEN now() END, CASE $1 WHEN 'sent' THEN now() END, now() - make_interval(days => $2)`,
      [state, days],
    );
  for (const state of states) for (const days of [89, 91]) await insert(state, days);
  await deleteOld(scene.deps.db, 90);
  const { rows } = await scene.superuser.query<{ state: string; left: number }>(
    'SELECT state, count(*)::int AS left FROM notification.notice WHERE subject_id = $1 GROUP BY state',
    ['aged'],
  );
  expect(Object.fromEntries(rows.map(({ state, left }) => [state, left]))).toEqual({
    queued: 2,
    sending: 2,
    sent: 1,
    suppressed: 1,
    failed: 2,
    dead: 1,
  });
});

/**
 * Goal: a suppression that was lifted stays lifted, whatever comes again of what was known by then. Planted once each: a lifting that leaves no trace; one that wins over
 * what is newer; a report that looks for liftings before the one under way has ended; traces that stay for ever; a report of the future that stays the latest.
 */
import { randomUUID } from 'node:crypto';

import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { Suppression } from '#contracts/notification.ts';

import { bodyOf } from '../../testing/http.ts';
import { deleteOld } from '../notices/notices.repository.ts';
import { openScene, type Scene } from '../testing/scene.ts';
import { digestOf, isSuppressed, liftSuppression, recordBounce } from './service.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene.close());

const someone = (): string => `${randomUUID()}@planted.example`;
const bounced = (address: string, at: string) => recordBounce(scene.deps, { address, reason: 'hard_bounce', at });
const search = async (address: string): Promise<Suppression> =>
  bodyOf(Suppression, await scene.call('POST', '/v1/notifications/suppressions/search', { as: 'admin', body: { address } }));
const lift = async (address: string): Promise<void> => {
  const { status } = await scene.call('DELETE', `/v1/notifications/suppressions/${(await search(address)).id}`, { as: 'admin' });
  expect(status).toBe(204);
};
const hence = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString();

it('a report of before the lifting, delivered again after it, suppresses nobody', async () => {
  const address = someone();
  await bounced(address, '2026-03-01T09:32:00Z');
  await lift(address);
  for (const at of ['2026-03-01T09:32:00Z', '2026-02-01T00:00:00Z', hence(-1)]) await bounced(address.toUpperCase(), at);
  expect(await isSuppressed(scene.deps, address)).toBe(false);
});

it('a report of after the lifting suppresses again, and that is lifted again', async () => {
  const address = someone();
  await bounced(address, '2026-03-01T09:32:00Z');
  await lift(address);
  await bounced(address, hence(1));
  expect(await isSuppressed(scene.deps, address)).toBe(true);
  await lift(address);
  await bounced(address, '2026-03-01T09:32:00Z');
  expect(await isSuppressed(scene.deps, address)).toBe(false);
});

it('a report of the future is one of now, over which a later one counts', async () => {
  const address = someone();
  await bounced(address, hence(365));
  await recordBounce(scene.deps, { address, reason: 'complaint', at: hence(1) });
  const { reason, at } = await search(address);
  expect(reason).toBe('complaint');
  expect(Date.parse(at)).toBeLessThanOrEqual(Date.now());
});

it('the lifting of one address lets nobody else be written to', async () => {
  const [one, other] = [someone(), someone()];
  for (const address of [one, other]) await bounced(address, '2026-03-01T09:32:00Z');
  await lift(one);
  expect([await isSuppressed(scene.deps, one), await isSuppressed(scene.deps, other)]).toEqual([false, true]);
});

it('a report that comes while it is lifted is as one that comes after it', async () => {
  const address = someone();
  await bounced(address, '2026-03-01T09:32:00Z');
  const { id } = await search(address);
  // Somebody else holds the row, so that the lifting waits, and the report behind it.
  const holder = new pg.Client({ connectionString: scene.region.urls.url });
  await holder.connect();
  await holder.query('BEGIN');
  await holder.query('SELECT FROM notification.suppression WHERE id = $1 FOR UPDATE', [id]);
  const waiting = async (): Promise<number> =>
    (await scene.superuser.query(`SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`)).rows
      .length;
  const lifting = liftSuppression(scene.deps, id);
  await expect.poll(waiting).toBe(1);
  const told = bounced(address, '2026-03-01T09:40:00Z');
  await expect.poll(waiting).toBe(2);
  await holder.query('COMMIT');
  await holder.end();
  await Promise.all([lifting, told]);
  expect(await isSuppressed(scene.deps, address)).toBe(false);
});

it('what is known of liftings is a digest, and goes by age', async () => {
  const address = someone();
  await bounced(address, '2026-03-01T09:32:00Z');
  await lift(address);
  const digest = digestOf(await scene.deps.secrets.digestKey(), address);
  const known = async () =>
    (await scene.superuser.query('SELECT l::text AS row FROM notification.lifted_suppression l WHERE address_digest = $1', [digest])).rows;
  expect(await known()).toEqual([{ row: expect.not.stringContaining('planted') }]);
  const aged = (days: number) =>
    scene.superuser.query('UPDATE notification.lifted_suppression SET at = now() - make_interval(days => $1)', [days]);
  await aged(89);
  await deleteOld(scene.deps.db, 90);
  expect(await known()).toHaveLength(1);
  await aged(91);
  await deleteOld(scene.deps.db, 90);
  expect(await known()).toEqual([]);
});

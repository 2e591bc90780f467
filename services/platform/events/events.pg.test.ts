import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { request } from 'node:http';

import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { Type } from 'typebox';
import { Value } from 'typebox/value';

import { EventMessage } from '#contracts/events.ts';
import type { Database } from '#platform/db.ts';

import { openRegionDatabase, silentLog, type RegionDatabase } from '../../testing/region-database.ts';
import { systemClock } from '../clock.ts';
import { createHttpApp } from '../http.ts';
import { runFrom } from '../origin.ts';
import type { Queue } from '../queue/index.ts';
import { claimEvents, emitEvent, settleEvents } from './events.repository.ts';
import { createEventPublisher } from './publisher.ts';

type NoTables = Record<string, never>;
let region: RegionDatabase;
let orders: Database<NoTables>;
beforeAll(async () => {
  region = await openRegionDatabase();
  orders = await region.open<NoTables>('orders');
});
afterAll(() => region.close());

const left = async (): Promise<number> =>
  Number((await orders.pool.query(`SELECT count(*)::int AS n FROM events.claim(1000, 0)`)).rows[0]?.n);
beforeEach(async () => {
  for (;;) {
    const claim = await claimEvents(orders.pool, 1_000, 60_000);
    if (claim === undefined) return;
    await settleEvents(
      orders.pool,
      claim.token,
      claim.rows.map(({ seq }) => seq),
    );
  }
});

const emit = (subject: string): Promise<void> =>
  orders.db.transaction().execute((trx) => emitEvent(trx, 'madeinworld.order.confirmed.v1', subject));

/** A queue that takes what it is sent, and fails as often as it is told to. */
function queueThat(fails = 0): { queue: Queue; bodies: string[] } {
  const bodies: string[] = [];
  const unused = async (): Promise<never> => Promise.reject(new Error('a publisher only sends'));
  let failing = fails;
  const queue: Queue = {
    async send(sent) {
      return sent.map((body, index) => {
        if (failing > 0) {
          failing -= 1;
          return { ok: false, code: 'unavailable', detail: '', retryable: true };
        }
        bodies.push(body);
        return { ok: true, id: String(index) };
      });
    },
    receive: unused,
    delete: unused,
    extend: unused,
    limits: { batch: 10, messageBytes: 47_000, batchBytes: 47_000, minVisibilitySeconds: 1, maxWaitSeconds: 20 },
    close: async () => undefined,
  };
  return { queue, bodies };
}
const publisherOn = (queue: Queue) =>
  createEventPublisher({ pool: orders.pool, queue, log: silentLog, clock: systemClock, region: 'world', boundMs: 5_000 });
const subjectsOf = (bodies: readonly string[]): string[] => bodies.map((body) => Value.Parse(EventMessage, JSON.parse(body)).subject);

test('an event is published when what happened is committed, with its trace and correlation id, and holds no more than an id', async () => {
  const { queue, bodies } = queueThat();
  const publisher = publisherOn(queue);
  const rolledBack = orders.db.transaction().execute(async (trx) => {
    await emitEvent(trx, 'madeinworld.order.placed.v1', 'never');
    throw new Error('rolled back');
  });
  await expect(rolledBack).rejects.toThrow('rolled back');
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  const correlationid = '6f1b9d3e-52a4-4a1b-9a39-0c6a1d2b7f10';
  await runFrom({ traceparent, correlationId: correlationid }, () => emit('order-1'));
  await publisher.afterCommit();
  await publisher.drain();
  expect(bodies.map((body) => JSON.parse(body))).toEqual([
    {
      specversion: '1.0',
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      source: 'madeinworld/world',
      type: 'madeinworld.order.confirmed.v1',
      subject: 'order-1',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      traceparent,
      correlationid,
    },
  ]);
  expect(await left()).toBe(0);
});

test('each event has the trace and the correlation id of the request that it came of, whoever publishes it', async () => {
  const { queue, bodies } = queueThat();
  const publisher = publisherOn(queue);
  const app = createHttpApp({ name: 'telling', log: silentLog, readiness: { draining: false, checks: {} }, routes: 'undeclared' });
  app.post('/events', { schema: { body: Type.Object({ subject: Type.String() }) } }, async ({ body }) => {
    await emit(body.subject);
    return body;
  });
  let begun = 0;
  app.addHook('onRequest', async () => void (begun += 1));
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  const subjects = Array.from({ length: 12 }, (_, index) => `told-${index}`);
  const sent = subjects.map((subject) => {
    const headers = { 'content-type': 'application/json', 'x-correlation-id': randomUUID() };
    const sending = request(`${url}/events`, { method: 'POST', headers });
    sending.flushHeaders();
    return { subject, sending, answered: once(sending, 'response'), correlationid: headers['x-correlation-id'] };
  });
  // The bodies come when all requests are under way, and end in events of their sockets.
  await expect.poll(() => begun).toBe(subjects.length);
  const answers = await Promise.all(
    sent.map(async ({ subject, sending, answered, correlationid }) => {
      sending.end(JSON.stringify({ subject }));
      const [response] = await answered;
      response.resume();
      return { subject, traceparent: response.headers.traceparent, correlationid };
    }),
  );
  await publisher.afterCommit('00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01');
  await publisher.drain();
  await app.close();
  const told = bodies.map((body) => Value.Parse(EventMessage, JSON.parse(body)));
  expect(told.map(({ subject, traceparent, correlationid }) => ({ subject, traceparent, correlationid }))).toEqual(
    expect.arrayContaining(answers),
  );
  expect(told).toHaveLength(answers.length);
});

test('the release before emits and claims beside this one: its events are published without them, and ours by it', async () => {
  const { queue, bodies } = queueThat();
  await orders.pool.query(`SELECT events.emit('madeinworld.order.confirmed.v1', 'old')`);
  await publisherOn(queue).sweep();
  expect(bodies.map((body) => Object.keys(JSON.parse(body)))).toEqual([['specversion', 'id', 'source', 'type', 'subject', 'time']]);
  await emit('new');
  expect((await orders.pool.query(`SELECT subject FROM events.claim(10, 60000)`)).rows).toEqual([{ subject: 'new' }]);
});

test('many publishers at once send each event once, in all', async () => {
  const { queue, bodies } = queueThat();
  const publishers = Array.from({ length: 6 }, () => publisherOn(queue));
  const subjects = Array.from({ length: 120 }, (_, index) => `s${index}`);
  await Promise.all(subjects.map((subject) => emit(subject)));
  await Promise.all(publishers.map((publisher) => publisher.sweep()));
  await Promise.all(publishers.map((publisher) => publisher.drain()));
  expect(subjectsOf(bodies).sort()).toEqual(subjects.sort());
});

test('what the queue did not take is published later, and what it took is not sent again', async () => {
  const { queue, bodies } = queueThat(3);
  const publisher = publisherOn(queue);
  for (const subject of ['a', 'b', 'c', 'd', 'e']) await emit(subject);
  await expect(publisher.sweep()).rejects.toThrow('did not take');
  expect(await publisher.sweep()).toBe(3);
  await publisher.drain();
  expect(subjectsOf(bodies).sort()).toEqual(['a', 'b', 'c', 'd', 'e']);
});

test('a claim whose holder died is taken over when its lease has run out, and no sooner', async () => {
  await emit('orphan');
  expect((await claimEvents(orders.pool, 10, 200))?.rows).toHaveLength(1);
  expect(await claimEvents(orders.pool, 10, 200)).toBeUndefined();
  await expect.poll(async () => (await claimEvents(orders.pool, 10, 60_000))?.rows.map(({ subject }) => subject)).toEqual(['orphan']);
});

test('who emits may read no outbox, and who is no part of it may not even emit', async () => {
  await expect(orders.pool.query('SELECT * FROM events.outbox')).rejects.toMatchObject({ code: '42501' });
  const sync = await region.open<NoTables>('sync');
  await expect(sync.pool.query(`SELECT events.emit('t', 's')`)).rejects.toMatchObject({ code: '42501' });
  const notification = await region.open<NoTables>('notification');
  await expect(notification.pool.query(`SELECT events.emit('t', 's')`)).rejects.toMatchObject({ code: '42501' });
});

import { randomUUID } from 'node:crypto';

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import { systemClock } from '#platform/clock.ts';
import { emitEvent } from '#platform/events/events.repository.ts';
import { createQueue, type CountedQueue } from '#platform/queue/index.ts';

import { silentLog } from '../../testing/region-database.ts';
import { standInCredentials, startStandIn, type StandIn } from '../../testing/stand-in.ts';
import { eventOf, openScene, PLANTED_NAME, type Scene } from '../testing/scene.ts';
import { handleBatch } from './batch.ts';
import { type HandleDeps, handleEvents } from './handle.ts';
import { runLoop } from './loop.ts';

const providers = [
  {
    provider: 'sqs',
    standIn: 'world-cloud',
    environmentOf: (cloud: StandIn) => ({
      QUEUE_PROVIDER: 'sqs',
      AWS_REGION: 'eu-west-1',
      AWS_ENDPOINT_URL_SQS: cloud.urlOf('world:queue'),
      AWS_ACCESS_KEY_ID: standInCredentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: standInCredentials.secretAccessKey,
    }),
  },
  {
    provider: 'mns',
    standIn: 'china-cloud',
    environmentOf: (cloud: StandIn) => ({
      QUEUE_PROVIDER: 'mns',
      MNS_ENDPOINT: cloud.urlOf('china:queue'),
      ALIBABA_CLOUD_CREDENTIALS_URI: `${cloud.urlOf('china:secrets')}/credentials`,
    }),
  },
] as const;

describe.each(providers)('over $provider', ({ standIn, environmentOf }) => {
  let scene: Scene;
  let cloud: StandIn;
  let queue: CountedQueue;
  let environment: Record<string, string>;
  let stopping: (() => Promise<void>) | undefined;
  /** Every body that was received. */
  const bodies: string[] = [];

  beforeAll(async () => {
    [scene, cloud] = await Promise.all([openScene(), startStandIn(standIn)]);
    environment = environmentOf(cloud);
    // The vendor's SDK reads the environment of the process by itself.
    Object.assign(process.env, environment);
    queue = await createQueue({
      env: { ...environment, EVENT_QUEUE_NAME: 'madeinworld-sync' },
      log: silentLog,
      clock: systemClock,
      of: 'events',
    });
  });
  afterEach(async () => {
    await stopping?.();
    stopping = undefined;
  });
  afterAll(async () => {
    await queue.close();
    await cloud.stop();
    await scene.close();
    for (const name of Object.keys(environment)) delete process.env[name];
  });

  /**
   * A long poll that ends by itself: fauxqs does not look again in one when a hidden message can be seen, and hands what comes next to one that was broken off,
   * which hides it for as long as the queue's own timeout.
   */
  const patient = (): Pick<CountedQueue, 'receive' | 'limits'> => ({
    limits: queue.limits,
    receive: ({ max }) => queue.receive({ max, waitSeconds: 1 }, new AbortController().signal),
  });
  /** Runs the consumer until it is drained. */
  function consume(deps: Partial<HandleDeps> = {}): () => Promise<void> {
    const stop = new AbortController();
    const hardStop = new AbortController();
    const handling = { ...scene.deps, sweep: scene.sweepOver(queue), ...deps };
    const { log } = scene.deps;
    const looping = runLoop(
      {
        queue: patient(),
        handle: (received) => {
          bodies.push(...received.map(({ body }) => body));
          return handleBatch({ queue, log, handle: (messages) => handleEvents(handling, messages, hardStop.signal) }, received);
        },
        ping: scene.database.ping,
        clock: systemClock,
        log,
      },
      stop.signal,
    );
    stopping = async () => {
      stop.abort();
      await looping;
    };
    return stopping;
  }
  const send = async (...messages: object[]): Promise<void> => {
    const sent = await queue.send(messages.map((message) => (typeof message === 'string' ? message : JSON.stringify(message))));
    expect(sent.every(({ ok }) => ok)).toBe(true);
  };
  const sweepMessage = () => ({ specversion: '1.0', id: randomUUID(), source: 'scheduler', type: 'madeinworld.sync.sweep.v1' });
  const untilEmpty = () => expect.poll(() => queue.depth(), { timeout: 20_000 }).toBe(0);

  it('acts on each event once, drops what is none, and leaves nothing in the queue', async () => {
    const { email, orderId } = await scene.buyer();
    const event = eventOf('madeinworld.order.confirmed.v1', orderId);
    await send(event, event, { hello: 'world' }, eventOf('madeinworld.order.placed.v1', orderId));
    consume();
    await send(event);
    await untilEmpty();
    expect(await scene.sink.mailsTo(email)).toHaveLength(1);
  });

  it('lets an event that failed come again, by its visibility', async () => {
    const { email, orderId } = await scene.buyer();
    let refusals = 2;
    const mailer: HandleDeps['mailer'] = {
      async send(mail) {
        refusals -= 1;
        if (refusals >= 0) throw new Error('not now');
        return scene.deps.mailer.send(mail);
      },
    };
    await send(eventOf('madeinworld.order.shipped.v1', orderId));
    consume({ mailer });
    await untilEmpty();
    expect(await scene.sink.mailsTo(email)).toHaveLength(1);
    expect(await scene.noticesOf(orderId)).toMatchObject([{ state: 'sent', attempts: 3 }]);
  });

  it('publishes what services have left behind, and sends what is due, when it is swept', async () => {
    const [left, due] = [await scene.buyer(), await scene.buyer()];
    const orders = await scene.region.open<Record<string, never>>('orders');
    await orders.db.transaction().execute((trx) => emitEvent(trx, 'madeinworld.order.confirmed.v1', left.orderId));
    const broken = { send: async () => Promise.reject(new Error('not now')) };
    const lost = { id: randomUUID(), body: JSON.stringify(eventOf('madeinworld.order.confirmed.v1', due.orderId)), receiveCount: 1 };
    await handleEvents({ ...scene.deps, mailer: broken }, [lost], new AbortController().signal);
    consume();
    await expect
      .poll(
        async () => {
          await send(sweepMessage());
          return [(await scene.sink.mailsTo(left.email)).length, (await scene.sink.mailsTo(due.email)).length];
        },
        { timeout: 20_000 },
      )
      .toEqual([1, 1]);
    await untilEmpty();
  });

  it('finishes what is under way when it is drained, and leaves the rest to others', async () => {
    const [under, later] = [await scene.buyer(), await scene.buyer()];
    let begin = (): void => undefined;
    const begun = new Promise<void>((resolve) => (begin = resolve));
    let go = (): void => undefined;
    const gone = new Promise<void>((resolve) => (go = resolve));
    const mailer: HandleDeps['mailer'] = {
      async send(mail) {
        begin();
        await gone;
        return scene.deps.mailer.send(mail);
      },
    };
    await send(eventOf('madeinworld.order.confirmed.v1', under.orderId));
    const drain = consume({ mailer });
    await begun;
    const draining = drain();
    await send(eventOf('madeinworld.order.confirmed.v1', later.orderId));
    go();
    await draining;
    expect(await scene.noticesOf(under.orderId)).toMatchObject([{ state: 'sent' }]);
    expect(await scene.sink.mailsTo(under.email)).toHaveLength(1);
    expect(await scene.noticesOf(later.orderId)).toEqual([]);
    expect(await queue.depth()).toBe(1);
    consume();
    await untilEmpty();
    expect(await scene.sink.mailsTo(later.email)).toHaveLength(1);
  });

  it('has carried nothing of a person', () => {
    expect(bodies.length).toBeGreaterThan(5);
    expect(bodies.join('\n')).not.toMatch(/planted\.example/);
    for (const shown of [...bodies, ...scene.lines]) expect(shown).not.toContain(PLANTED_NAME);
  });
});

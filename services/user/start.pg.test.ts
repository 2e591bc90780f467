/**
 * Goal: the service as it ships erases what the other region asked for, also while no process of it was there, and ends when it is drained.
 * Method: `startUser` on a real database and a stand-in of the cloud. Planted once each: it does not look when it starts, and not after requests.
 */
import { randomUUID } from 'node:crypto';

import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { createPlatform } from '#platform/platform.ts';
import { testPasswords } from '#sim/checks/pg-database.ts';

import { chinaEnvironment } from '../testing/deployed.ts';
import { startStandIn, type StandIn } from '../testing/stand-in.ts';
import { startUser } from './start.ts';
import { openScene, type Scene } from './testing/scene.ts';

let scene: Scene;
let cloud: StandIn;
let owner: pg.Pool;
beforeAll(async () => {
  const login = { username: 'users', password: testPasswords['users'] };
  const queues = ['madeinworld-sync', 'madeinworld-events'].flatMap((name) => ['--queue', name]);
  [scene, cloud] = await Promise.all([
    openScene({ region: 'china' }),
    startStandIn('china-cloud', { 'madeinworld/database/users': JSON.stringify(login) }, (secretsFile) => [
      '--secrets-file',
      secretsFile,
      '--sweep-interval',
      '0',
      ...queues,
    ]),
  ]);
  owner = new pg.Pool({ connectionString: scene.region.urls.url, max: 2 });
});
afterAll(async () => {
  await owner?.end();
  await cloud?.stop();
  await scene?.close();
});

const makeDue = () => owner.query('INSERT INTO users.erasure_due (account_id) VALUES ($1)', [randomUUID()]);
const dueNow = async () => (await owner.query('SELECT FROM users.erasure_due')).rowCount;

it('erases what is due at its start and after a request', async () => {
  const platform = createPlatform({
    ...chinaEnvironment(scene.region.urls.url, cloud),
    AUTH_URL: 'http://127.0.0.1:1',
    QUEUE_NAME: 'madeinworld-sync',
    EVENT_QUEUE_NAME: 'madeinworld-events',
    QUEUE_PROVIDER: 'mns',
    MNS_ENDPOINT: cloud.urlOf('china:queue'),
  });
  await makeDue();
  const running = await startUser(platform);
  await expect.poll(dueNow, { timeout: 10_000 }).toBe(0);
  await makeDue();
  expect((await fetch(`${running.url}/v1/me`)).status).toBe(401);
  await expect.poll(dueNow, { timeout: 20_000 }).toBe(0);
  await running.drain();
  await platform.close();
  await expect(fetch(`${running.url}/livez`)).rejects.toThrow();
}, 60_000);

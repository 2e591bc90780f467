import { join } from 'node:path';
import { existsSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { accessKey, makeSecretsFile, startStandIn } from '../conformance/components/stand-in.ts';
import { makeRunFolder, rememberProcess, removeLeftovers } from '../conformance/drivers/leftovers.ts';
import type { Run } from '../conformance/drivers/run.ts';
import { describeWithDocker } from '../docker/testing/with-docker.ts';
import { withClient, withRole } from '../postgres/provision.ts';
import { randomPort } from '../topology/ports.ts';
import { startOwnersDatabase, type OwnersDatabase } from './testing/owners-database.ts';
import { simIn, type Ended, type Sim } from './testing/sim.ts';
import { keptFiles, livingProcesses } from './testing/traces.ts';

/** Stands for a password wherever one is put in: it may be seen nowhere. */
const secret = 's3cret-Pa55word';
const keyOfStore = { AWS_ACCESS_KEY_ID: accessKey.accessKeyId, AWS_SECRET_ACCESS_KEY: accessKey.secretAccessKey };
const keyOfAlibaba = { ALIBABA_CLOUD_ACCESS_KEY_ID: 'AKIDREFUSED', ALIBABA_CLOUD_ACCESS_KEY_SECRET: secret };

describeWithDocker('what cannot be attached', () => {
  let run: Run;
  let database: OwnersDatabase;
  let emptyStore: string;
  let sim: Sim;
  let twins = 0;

  beforeAll(async () => {
    run = { driver: 'docker', folder: await makeRunFolder() };
    database = await startOwnersDatabase(run);
    await withClient(database.superuserUrl, (client) => client.query(`CREATE ROLE guest LOGIN PASSWORD '${secret}'`));
    const store = await startStandIn('world-cloud', ['--no-queue', '--secrets-file', (await makeSecretsFile(run)).path]);
    await rememberProcess(run.folder, store.pid);
    emptyStore = store.urlOf('world:secrets');
  });
  afterEach(async () => {
    if (livingProcesses(sim.simDir).length > 0) await sim.run('down', '--wipe');
  });
  afterAll(() => removeLeftovers(run.folder, { containers: true }));

  /** Tries to bring a twin up, and sees that it told no secret and left nothing running. */
  async function refusal(environment: Readonly<Record<string, string>>): Promise<Ended> {
    sim = simIn(join(run.folder, `sim-${(twins += 1)}`), environment);
    const ended = await sim.run('up', '--no-watch');
    const files = existsSync(sim.simDir) ? keptFiles(sim.simDir).filter(({ open }) => open) : [];
    for (const text of [sim.said(), ...files.map((file) => file.text)]) {
      expect(text.includes(secret) || text.includes(accessKey.secretAccessKey)).toBe(false);
    }
    expect(livingProcesses(sim.simDir)).toEqual([]);
    return ended;
  }

  describe('is refused before anything is started where it can be seen to be wrong', () => {
    it.each([
      ['SIM_WORLD_DATABASE_URL', { SIM_WORLD_DATABASE_URL: `mysql://owner:${secret}@127.0.0.1:1/shop` }],
      ['SIM_CHINA_QUEUE_URL', { SIM_CHINA_QUEUE_URL: `https://id:${secret}@1.mns.cn-shanghai.aliyuncs.com` }],
      ['SIM_MAIL_URL', { SIM_MAIL_URL: `https://${secret}.example` }],
    ])('%s', async (variable, environment) => {
      const { code, stderr } = await refusal(environment);
      expect(stderr).toContain(`sim: ${variable} `);
      expect(code).toBe(2);
      expect(existsSync(sim.simDir)).toBe(false);
    });
  });

  describe('ends the start with the name of its variable', () => {
    it('where nothing answers', async () => {
      const { code, stderr } = await refusal({ SIM_WORLD_DATABASE_URL: `postgres://owner:${secret}@127.0.0.1:1/shop` });
      expect(stderr).toMatch(/world:postgres cannot be used \(SIM_WORLD_DATABASE_URL\): connect ECONNREFUSED 127\.0\.0\.1:1/);
      expect(code).toBe(1);
    });

    it('where the password is wrong', async () => {
      const { code, stderr } = await refusal({ SIM_CHINA_DATABASE_URL: withRole(database.url, 'owner', secret) });
      expect(stderr).toMatch(/china:postgres cannot be used \(SIM_CHINA_DATABASE_URL\): password authentication failed for user "owner"/);
      expect(code).toBe(1);
    });

    it('where its user may not make roles', async () => {
      const { code, stderr } = await refusal({ SIM_WORLD_DATABASE_URL: withRole(database.url, 'guest', secret) });
      expect(stderr).toMatch(/\(SIM_WORLD_DATABASE_URL\): its user may not make the roles of the services/);
      expect(code).toBe(1);
    });

    it('where no Toxiproxy answers', async () => {
      // fetch asks nobody at port 1.
      const { code, stderr } = await refusal({ SIM_TOXIPROXY_URL: `http://127.0.0.1:${randomPort()}` });
      expect(stderr).toMatch(/toxiproxy cannot be used \(SIM_TOXIPROXY_URL\): .*ECONNREFUSED/);
      expect(code).toBe(1);
    });

    it('where a store lacks secrets that it is not allowed to be given', async () => {
      const { code, stderr } = await refusal({ SIM_WORLD_SECRETS_URL: emptyStore, ...keyOfStore });
      expect(stderr).toMatch(/\(SIM_WORLD_SECRETS_URL\): the attached store has no secret called madeinworld\/.*auth\/pepper/);
      expect(stderr).toContain('SIM_WORLD_SECRETS_CREATE=1');
      expect(code).toBe(1);
    });

    it('and of the queues that are not there', async () => {
      const cloud = await startStandIn('world-cloud', ['--secrets-file', (await makeSecretsFile(run)).path, '--queue', 'shop-sync']);
      await rememberProcess(run.folder, cloud.pid);
      const [there, not] = ['shop-sync', 'shop-snyc'].map((name) => `${cloud.urlOf('world:queue')}/000000000000/${name}`);
      const lacksOne = await refusal({ SIM_WORLD_QUEUE_URL: there ?? '', ...keyOfStore });
      expect(lacksOne.stderr).toMatch(/\(SIM_WORLD_QUEUE_URL\): there is no queue called madeinworld-events\. Make it there/);
      const lacksBoth = await refusal({ SIM_WORLD_QUEUE_URL: not ?? '', ...keyOfStore });
      expect(lacksBoth.stderr).toContain('there is no queue called shop-snyc, nor one called madeinworld-events');
      expect([lacksOne.code, lacksBoth.code]).toEqual([1, 1]);
    });

    it.each([
      ['AWS_ACCESS_KEY_ID', { SIM_WORLD_QUEUE_URL: 'http://127.0.0.1:1/1/orders' }],
      ['ALIBABA_CLOUD_SECURITY_TOKEN', { SIM_CHINA_QUEUE_URL: 'http://127.0.0.1:1', ...keyOfAlibaba }],
    ])('and of what is missing to use it: %s', async (variable, environment) => {
      const { code, stderr } = await refusal(environment);
      expect(stderr).toMatch(new RegExp(`so .*${variable}.* must be set`));
      expect(code).toBe(1);
    });
  });
});

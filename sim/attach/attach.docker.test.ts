import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Toxiproxy } from 'toxiproxy-node-client';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { makeRunFolder, removeLeftovers } from '../conformance/drivers/leftovers.ts';
import { describeWithDocker } from '../docker/testing/with-docker.ts';
import { withClient } from '../postgres/provision.ts';
import { attachedSqsDepth, mnsDepth } from '../status/queue-depth.ts';
import { readSupervisorAddress, twinPaths } from '../supervisor/state.ts';
import { staffAddress } from '../topology/environment.ts';
import { placeOf } from './attachments.ts';
import { startBrought, type Brought } from './testing/brought.ts';
import { openShops, type Shops } from './testing/shops.ts';
import { simIn, type Sim } from './testing/sim.ts';
import { standingOf } from './testing/standing.ts';
import { commandLines, keptFiles, livingProcesses } from './testing/traces.ts';

const patient = { timeout: 90_000, interval: 100 };
const foreignProxy = 'somebody-elses';

describeWithDocker('a twin with everything attached', () => {
  let folder: string;
  let brought: Brought;
  let sim: Sim;
  let shops: Shops;
  /** What was written and acknowledged. */
  const acknowledged: string[] = [];

  beforeAll(async () => {
    folder = await makeRunFolder();
    sim = simIn(join(folder, 'sim'), {});
    brought = await startBrought({ driver: 'docker', folder });
    const ofTheirs = { name: foreignProxy, listen: '127.0.0.1:0', upstream: '127.0.0.1:1', enabled: true };
    await new Toxiproxy(brought.toxiproxyUrl).createProxy(ofTheirs);
    sim = simIn(join(folder, 'sim'), brought.environment);
    await sim.must('up', '--no-watch');
    shops = await openShops(sim, brought.mailUrl);
  });
  afterAll(async () => {
    await sim.run('down', '--wipe');
    await removeLeftovers(folder, { containers: true });
  });

  const write = async (region: 'world' | 'china'): Promise<void> => void acknowledged.push(await shops.write(region));
  const crossed = (): Promise<void> =>
    vi.waitFor(async () => {
      for (const region of ['world', 'china'] as const) expect(await shops.skus(region)).toEqual(expect.arrayContaining(acknowledged));
    }, patient);

  it('shows each thing as attached, without credentials, and a link to it', async () => {
    const { components, links } = await sim.status();
    const { environment, database } = brought;
    const shown = {
      'world:postgres': [`postgres://***@${placeOf(database.url)}/shop`, 'world:postgres'],
      'world:queue': [environment['SIM_WORLD_QUEUE_URL'], 'world:queue'],
      'world:secrets': [environment['SIM_WORLD_SECRETS_URL'], 'world:secrets'],
      'china:queue': [environment['SIM_CHINA_QUEUE_URL'], 'china:queue'],
      'china:secrets': [environment['SIM_CHINA_SECRETS_URL'], 'china:secrets'],
      mail: [environment['SIM_MAIL_URL'], 'china:mail'],
    };
    for (const [name, [url = '', link = '']] of Object.entries(shown)) {
      expect(components[name], name).toMatchObject({ kind: 'attached', state: 'attached', url });
      expect(links[link], link).toMatchObject({ state: 'open', upstream: placeOf(url.replace('***@', '')) });
    }
    expect(components['toxiproxy']).toMatchObject({ kind: 'attached', state: 'attached', url: brought.toxiproxyUrl });
    expect((await sim.must('status')).stdout).toContain(`postgres://***@${placeOf(database.url)}/shop`);
  });

  it('carries what was acknowledged through the attached queues, both ways', async () => {
    await sim.must('fault', 'cut', 'border');
    const { worldQueueUrl, worldKey, chinaQueueUrl, chinaKey } = brought;
    await vi.waitFor(async () => {
      await Promise.all([write('world'), write('china')]);
      // One message may be the schedule's.
      expect(await attachedSqsDepth(worldQueueUrl, worldKey)).toBeGreaterThan(1);
      expect(await mnsDepth(chinaQueueUrl, chinaKey)).toBeGreaterThan(1);
    }, patient);
    await sim.must('fault', 'heal');
    await crossed();
  });

  it('is cut off from an attached database by the name of its link, while status looks past the link', async () => {
    await sim.must('fault', 'cut', 'world:postgres');
    await expect(shops.write('world')).rejects.toMatchObject({ status: 503 });
    const { regions, links } = await sim.status();
    expect(links['world:postgres']).toMatchObject({ state: 'cut' });
    const url = regions['world']?.databaseUrl ?? '';
    const { rows } = await withClient(url, (client) => client.query('SELECT count(*)::int AS n FROM catalog.product'));
    expect(rows).toEqual([{ n: acknowledged.length }]);
    await sim.must('fault', 'heal');
    await vi.waitFor(() => write('world'), patient);
    await crossed();
  });

  it('is cut off from an attached queue, and from nothing else at the same server', async () => {
    await sim.must('fault', 'cut', 'world:queue');
    await Promise.all([write('world'), write('world'), write('world')]);
    expect((await sim.status()).sync['world-china']?.outbox).toBeGreaterThanOrEqual(3);
    await sim.must('fault', 'heal');
    await crossed();
  });

  it('leaves to its owner what is inside of what is attached', async () => {
    const asked: [string[], string][] = [
      [['snapshot', 'save', 'attached'], 'a snapshot holds only what the twin keeps itself'],
      [['fault', 'secret', 'world', 'rotate', 'database/catalog'], 'world:secrets is attached'],
      [['fault', 'database', 'world', 'read-only'], 'world:postgres is attached'],
      [['otp', staffAddress], 'mail is attached'],
    ];
    const ended = await Promise.all(asked.map(([args]) => sim.run(...args)));
    for (const [index, [, words]] of asked.entries())
      expect(ended[index]).toMatchObject({ code: 1, stderr: expect.stringContaining(words) });
  });

  it('tells nobody the credentials', async () => {
    const { database, worldKey, chinaKey } = brought;
    const passwords = [database.password, new URL(database.url).password];
    const keys = [worldKey.secretAccessKey, chinaKey.secretAccessKey, chinaKey.sessionToken ?? ''];
    const heard = { said: sim.said(), commandLines: commandLines() };
    for (const secret of [...passwords, ...keys]) {
      for (const [where, text] of Object.entries(heard)) expect(text.includes(secret), where).toBe(false);
    }
    const files = keptFiles(sim.simDir);
    const holding = (texts: readonly string[]): typeof files => files.filter(({ text }) => texts.some((secret) => text.includes(secret)));
    expect(holding(passwords).map(({ path }) => path)).toEqual([]);
    // The services fetch the keys from there, as from the clouds.
    expect(
      holding(keys)
        .map(({ path }) => path)
        .toSorted(),
    ).toEqual(['secrets/china.json', 'secrets/world.json']);
    expect(holding(keys).filter(({ open }) => open)).toEqual([]);
  });

  it('runs commands with the accounts in their environment', async () => {
    // From a shell of another day, in which nothing is set.
    const { stdout } = await simIn(sim.simDir, {}).must('exec', '--', process.execPath, '-p', 'JSON.stringify(process.env)');
    expect(JSON.parse(stdout)).toMatchObject({
      AWS_ENDPOINT_URL_SQS: new URL(brought.worldQueueUrl).origin,
      AWS_ACCESS_KEY_ID: brought.worldKey.accessKeyId,
      MNS_ENDPOINT: new URL(brought.chinaQueueUrl).origin,
      ALIBABA_CLOUD_SECURITY_TOKEN: brought.chinaKey.sessionToken,
    });
  });

  async function expectAllInPlace(): Promise<void> {
    expect(livingProcesses(sim.simDir)).toEqual([]);
    const standing = await standingOf(brought);
    expect(standing.proxies).toEqual([foreignProxy]);
    expect(standing.products).toEqual(expect.arrayContaining(acknowledged));
    expect(standing.worldSecrets).toEqual(brought.worldSecrets);
    expect(standing.chinaSecrets).toBe(brought.chinaSecrets);
  }

  it('goes down, is wiped, and leaves all of it in place but its links', async () => {
    await sim.must('down');
    await expectAllInPlace();
    await sim.must('down', '--wipe');
    await expectAllInPlace();
    expect(existsSync(sim.simDir)).toBe(false);
  });

  it('begins anew on what is there, and takes its links away also after it was killed', async () => {
    await sim.must('up', '--no-watch');
    shops = await openShops(sim, brought.mailUrl);
    await crossed();
    process.kill(readSupervisorAddress(twinPaths(sim.simDir))?.pid ?? 0, 'SIGKILL');
    await sim.must('down', '--wipe');
    await expectAllInPlace();
  });
});

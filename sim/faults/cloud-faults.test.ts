import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createLogger } from '#platform/log.ts';
import { createQueue, type CountedQueue } from '#platform/queue/index.ts';
import { createSecrets } from '#platform/secrets/index.ts';
import { systemClock } from '#platform/clock.ts';
import { temporarySecrets, type TemporarySecrets } from '#standins/secrets-file/temporary-file.ts';
import { startChild, type StartedChild } from '#standins/started-child.ts';
import type { TwinState } from '../supervisor/state.ts';
import { Type } from 'typebox';
import type { AppliedFault } from './fault.ts';
import type { FaultContext } from './kind.ts';
import { queueKinds } from './queue.ts';
import { secretKinds } from './secret.ts';

const log = createLogger({ level: 'silent', region: 'test' });
const AnyObject = Type.Object({});

/** A cloud process and what a supervisor knows of it; clients are led where the links would lead them. */
interface Scene {
  readonly context: FaultContext;
  readonly detours: Map<string, string>;
  /** The environment of services whose links lead where they lead now. */
  environment(): Record<string, string>;
  restart(): Promise<void>;
  kill(): Promise<void>;
  stop(): Promise<void>;
}

async function startScene(region: 'world' | 'china', mode: 'embedded' | 'docker' = 'embedded'): Promise<Scene> {
  const file: TemporarySecrets = await temporarySecrets({ 'madeinworld/a': '{"n":"a"}', 'madeinworld/b': '{"n":"b"}' });
  const start = (): Promise<StartedChild> =>
    startChild(new URL(`../standins/${region}-cloud/main.ts`, import.meta.url), ['--secrets-file', file.path, '--sweep-interval', '0']);
  let child = await start();
  let running = true;
  const detours = new Map<string, string>();
  const ended = async (): Promise<void> => {
    if (!running) return;
    running = false;
    process.kill(child.pid, 'SIGKILL');
    await child.ended;
  };
  const context: FaultContext = {
    paths: {} as FaultContext['paths'],
    state: () => ({ mode, processes: [{ name: `${region}-cloud`, state: running ? 'running' : 'exited' }] }) as unknown as TwinState,
    address: (name) => child.urlOf(name),
    signal: () => expect.fail('no signal is sent'),
    container: () => undefined,
    restart: () => expect.fail('nothing is restarted'),
    setClock: () => expect.fail('no clock is set'),
    linkSwitch: {
      shut: () => expect.fail('no link is cut'),
      release: () => expect.fail('no link is cut'),
      renew: () => expect.fail('no link is cut'),
    },
    async detour(link, hostPort) {
      if (hostPort === null) detours.delete(link);
      else detours.set(link, hostPort);
    },
  };
  const at = (name: string): string => (detours.has(name) ? `http://${detours.get(name)}` : child.urlOf(name));
  return {
    context,
    detours,
    environment: () => ({
      QUEUE_NAME: 'madeinworld-sync',
      ...(region === 'world'
        ? {
            QUEUE_PROVIDER: 'sqs',
            SECRETS_PROVIDER: 'aws',
            AWS_REGION: 'eu-west-1',
            AWS_ENDPOINT_URL_SQS: at('world:queue'),
            AWS_ENDPOINT_URL_SECRETS_MANAGER: at('world:secrets'),
            AWS_CONTAINER_CREDENTIALS_FULL_URI: `${at('world:secrets')}/credentials`,
          }
        : {
            QUEUE_PROVIDER: 'mns',
            SECRETS_PROVIDER: 'alibaba',
            ALIBABA_CLOUD_CREDENTIALS_URI: `${at('china:secrets')}/credentials`,
            MNS_ENDPOINT: at('china:queue'),
            KMS_ENDPOINT: at('china:secrets'),
          }),
    }),
    async restart() {
      await ended();
      child = await start();
      running = true;
    },
    kill: ended,
    async stop() {
      await ended();
      await file.remove();
    },
  };
}

/** Does something with the production's clients, where the links lead at this moment. */
async function withEnvironment<Result>(scene: Scene, work: (env: Record<string, string>) => Promise<Result>): Promise<Result> {
  const env = scene.environment();
  // The vendor's SDK reads the environment of the process by itself.
  Object.assign(process.env, env);
  try {
    return await work(env);
  } finally {
    for (const name of Object.keys(env)) delete process.env[name];
  }
}

async function withQueue<Result>(scene: Scene, work: (queue: CountedQueue) => Promise<Result>): Promise<Result> {
  return withEnvironment(scene, async (env) => {
    const queue = await createQueue({ env, log, clock: systemClock });
    try {
      return await work(queue);
    } finally {
      await queue.close();
    }
  });
}

async function drain(queue: CountedQueue): Promise<string[]> {
  const bodies: string[] = [];
  for (;;) {
    const received = await queue.receive({ max: 10, waitSeconds: 0 }, new AbortController().signal);
    if (received.length === 0) return bodies.toSorted();
    bodies.push(...received.map(({ body }) => body));
    await queue.delete(received.map(({ receipt }) => receipt));
  }
}

const readSecret = (scene: Scene, name: string): Promise<unknown> =>
  withEnvironment(scene, async (env) => {
    const secrets = createSecrets({ env, log, clock: systemClock });
    try {
      return await secrets.json(name, AnyObject);
    } finally {
      secrets.close();
    }
  });

const texts = Array.from({ length: 30 }, (_, index) => `text ${String(index).padStart(2, '0')}`);

describe.each(['world', 'china'] as const)('faults of the cloud of %s, over the production clients', (region) => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await startScene(region);
  });
  afterEach(async () => {
    if (scene.context.state().processes[0]?.state !== 'running') await scene.restart();
    await withQueue(scene, drain);
  });
  afterAll(() => scene.stop());

  const breakQueue = (action: string, share: number, delaySeconds = 1): Promise<AppliedFault> =>
    queueKinds[`queue-${action}`]!({ share, seed: 5, delaySeconds }, scene.context)(`${region}:queue`);
  const deny = (...names: string[]): Promise<AppliedFault> => secretKinds['secret-deny']!({ names }, scene.context)(`${region}:secrets`);

  it('drop: what is sent is acknowledged, and what is missing is what was counted', async () => {
    const fault = await breakQueue('drop', 0.5);
    const sent = await withQueue(scene, (queue) => queue.send(texts));
    expect(sent.every((result) => result.ok)).toBe(true);
    const left = await withQueue(scene, drain);
    const summary = await fault.heal();
    expect(summary).toBe(`drops 50 % of what is sent: dropped ${30 - left.length} of 30 (seed 5)`);
    expect(left.length).toBeGreaterThan(0);
    expect(left.length).toBeLessThan(30);
    expect(scene.detours.size).toBe(0);
    await withQueue(scene, (queue) => queue.send(texts));
    expect(await withQueue(scene, drain)).toEqual(texts);
  });

  it('duplicate: everything is there twice', async () => {
    const fault = await breakQueue('duplicate', 1);
    await withQueue(scene, (queue) => queue.send(texts));
    expect(await withQueue(scene, drain)).toEqual(texts.flatMap((text) => [text, text]));
    expect(await fault.heal()).toContain('duplicated 30 of 30');
  });

  it('delay: what is sent comes, and not at once', async () => {
    const fault = await breakQueue('delay', 1);
    await withQueue(scene, async (queue) => {
      await queue.send(['late']);
      expect(await drain(queue)).toEqual([]);
      const received = await queue.receive({ max: 1, waitSeconds: 10 }, new AbortController().signal);
      expect(received.map(({ body }) => body)).toEqual(['late']);
    });
    expect(await fault.summarize?.()).toBe('delays 100 % of what is sent by 1 s: delayed 1 of 1 (seed 5)');
    await fault.heal();
  });

  it('of two in force one heals, and the other stays', async () => {
    const drop = await breakQueue('drop', 1);
    const duplicate = await breakQueue('duplicate', 1);
    await drop.heal();
    await withQueue(scene, (queue) => queue.send(['x']));
    expect(await withQueue(scene, drain)).toEqual(['x', 'x']);
    await duplicate.heal();
    expect(scene.detours.size).toBe(0);
  });

  it('come back with the process, and go on counting', async () => {
    const drop = await breakQueue('drop', 1);
    const denial = await deny();
    await withQueue(scene, (queue) => queue.send(['x']));
    await drop.summarize?.();
    await scene.restart();
    for (const fault of [drop, denial]) {
      expect(fault.restored?.on).toContain(`${region}:cloud-control`);
      await fault.restored?.again();
    }
    await withQueue(scene, (queue) => queue.send(['y']));
    expect(await withQueue(scene, drain)).toEqual([]);
    await expect(readSecret(scene, 'madeinworld/a')).rejects.toThrow();
    expect(await drop.heal()).toContain('dropped 2 of 2');
    await denial.heal();
  });

  it('heal where the process is gone, and need one to begin', async () => {
    const drop = await breakQueue('drop', 1);
    await scene.kill();
    expect(await drop.heal()).toContain('dropped 0 of 0');
    expect(scene.detours.size).toBe(0);
    await expect(breakQueue('drop', 1)).rejects.toThrow(`npm run sim -- restart ${region}-cloud`);
    expect(scene.detours.size).toBe(0);
  });

  it('deny: the store refuses in the words of its vendor, what is named or all', async () => {
    const code = region === 'world' ? /is not authorized to perform: secretsmanager:GetSecretValue/ : /Forbidden\.NoPermission/;
    const one = await deny('madeinworld/a');
    await expect(readSecret(scene, 'madeinworld/a')).rejects.toThrow(code);
    expect(await readSecret(scene, 'madeinworld/b')).toEqual({ n: 'b' });
    expect(await one.heal()).toBe('denies madeinworld/a: refused 1 of 2 reads');
    const all = await deny();
    await expect(readSecret(scene, 'madeinworld/b')).rejects.toThrow(code);
    await all.heal();
    expect(await readSecret(scene, 'madeinworld/a')).toEqual({ n: 'a' });
  });
});

describe('a Secrets Manager that is not ours', () => {
  let scene: Scene;
  beforeEach(async () => {
    scene = await startScene('world', 'docker');
  });
  afterEach(() => scene.stop());

  it('is refused on the way there, for as long as that lasts', async () => {
    const fault = await secretKinds['secret-deny']!({ names: ['madeinworld/a'] }, scene.context)('world:secrets');
    expect([...scene.detours.keys()]).toEqual(['world:secrets']);
    await expect(readSecret(scene, 'madeinworld/a')).rejects.toThrow('is not authorized');
    expect(await readSecret(scene, 'madeinworld/b')).toEqual({ n: 'b' });
    await fault.heal();
    expect(scene.detours.size).toBe(0);
    expect(await readSecret(scene, 'madeinworld/a')).toEqual({ n: 'a' });
  });
});

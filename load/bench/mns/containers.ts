import { execFile } from 'node:child_process';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';

import { checkoutDir } from '#sim/paths.ts';
import { createHttpCall } from '#standins/sqs/http-call.ts';

const run = promisify(execFile);
const START_MS = 240_000;

export interface QueueContainers {
  readonly localstackUrl: string;
  readonly elasticmqUrl: string;
  stop(): Promise<void>;
}

/**
 * Starts LocalStack and ElasticMQ as compose.yaml has them, in a project of their own, with `queue` in the former. Rejects when there is no
 * Docker or no image.
 */
export async function startContainers(
  project: string,
  queue: string,
  region: string,
  environment: NodeJS.ProcessEnv,
): Promise<QueueContainers> {
  const compose = (...args: string[]) =>
    run('docker', ['compose', '-p', project, '-f', 'compose.yaml', ...args], {
      cwd: checkoutDir,
      env: { ...environment, LOCALSTACK_PORT: '0', ELASTICMQ_PORT: '0' },
    });
  const stop = async (): Promise<void> => void (await compose('down', '--volumes', '--remove-orphans', '--timeout', '2'));
  const urlOf = async (service: string, port: number): Promise<string> => {
    const { stdout } = await compose('port', service, String(port));
    return `http://${stdout.trim()}`;
  };
  try {
    await compose('up', '--detach', '--no-build', '--pull', 'never', 'localstack', 'elasticmq');
    const [localstackUrl, elasticmqUrl] = await Promise.all([urlOf('localstack', 4566), urlOf('elasticmq', 9324)]);
    await Promise.all([localstackUrl, elasticmqUrl].map((url) => untilItAnswers(url, region)));
    const localstack = createHttpCall(localstackUrl, region);
    await localstack.call('CreateQueue', { QueueName: queue });
    await localstack.close();
    return { localstackUrl, elasticmqUrl, stop };
  } catch (error) {
    await stop().catch(() => undefined);
    throw error;
  }
}

/** Not by Docker's health checks: ElasticMQ's image has none, and LocalStack's gives up early on a busy machine. */
async function untilItAnswers(url: string, region: string): Promise<void> {
  const sqs = createHttpCall(url, region);
  const deadlineMs = performance.now() + START_MS;
  try {
    for (;;) {
      const answered = await sqs.call('ListQueues', {}).then(
        () => true,
        () => false,
      );
      if (answered) return;
      if (performance.now() > deadlineMs) throw new Error(`the queue server at ${url} did not answer within ${START_MS / 1000} s`);
      await wait(100);
    }
  } finally {
    await sqs.close();
  }
}

import { parseArgs } from 'node:util';

import { startChild, type StartedChild } from '#standins/started-child.ts';
import { temporarySecrets, TEST_KEY } from '#standins/secrets-file/temporary-file.ts';

import { openRawMns, openRawSqs, type RawQueue } from './mns/clients.ts';
import { startContainers } from './mns/containers.ts';

const QUEUE = 'bench';
const REGION = 'eu-west-1';
const TARGET_RATIO = 2;
const WARM_UP_S = 5;
/** A pointer message of the outbox in its envelope, in Base64, is about that long. */
const BODY = Buffer.alloc(384, 'pointer ').toString('base64');
const CHINA_CLOUD = new URL(import.meta.resolve('#standins/china-cloud/main.ts'));

const print = (line: string): void => void process.stdout.write(`${line}\n`);
const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

interface Contestant {
  readonly name: string;
  readonly queue: RawQueue;
  readonly rates: number[];
  /** The share of its time that the client was busy: at 1 it would be the client that is measured. */
  readonly clientBusy: number[];
}

/** Messages a second that went the whole way: sent, received and deleted, by workers that each do one call after the other. */
async function measure(queue: RawQueue, workers: number, seconds: number): Promise<number> {
  const startedMs = performance.now();
  const endMs = startedMs + seconds * 1000;
  let done = 0;
  const work = async (): Promise<void> => {
    while (performance.now() < endMs) {
      await queue.send();
      const receipts = await queue.receive();
      if (receipts.length > 0) await queue.remove(receipts);
      done += receipts.length;
    }
  };
  await Promise.all(Array.from({ length: workers }, work));
  return done / ((performance.now() - startedMs) / 1000);
}

async function drain(queue: RawQueue): Promise<void> {
  for (let receipts = await queue.receive(); receipts.length > 0; receipts = await queue.receive()) await queue.remove(receipts);
}

async function round(contestant: Contestant, workers: number, seconds: number): Promise<void> {
  const before = performance.eventLoopUtilization();
  const rate = await measure(contestant.queue, workers, seconds);
  contestant.clientBusy.push(performance.eventLoopUtilization(before).utilization);
  contestant.rates.push(rate);
  await drain(contestant.queue);
}

/** Round by round, since what else the machine does changes from one to the next. */
function ratioOf(contestant: Contestant, against: Contestant): number {
  return median(contestant.rates.map((rate, turn) => rate / (against.rates[turn] ?? Number.NaN)));
}

function report(contestants: readonly Contestant[], against: Contestant): void {
  for (const contestant of contestants) {
    const { name, queue, rates, clientBusy } = contestant;
    const rate = Math.round(median(rates)).toString().padStart(7);
    const range = `${Math.round(Math.min(...rates))}-${Math.round(Math.max(...rates))}`.padStart(13);
    const ratio = ratioOf(contestant, against).toFixed(2).padStart(6);
    print(
      `${name.padEnd(32)} ${rate} messages/s (${range}), batches of ${queue.batch}: ${ratio} x; client ${Math.round(median(clientBusy) * 100)} % busy`,
    );
  }
}

/**
 * Send, receive and delete through the MNS gateway - in front of fauxqs in its process, as the embedded twin has it, and in front of ElasticMQ -
 * beside LocalStack's SQS, in turns on the same machine. Needs Docker with both images. Sets exit code 1 when the embedded gateway carries
 * less than twice LocalStack's messages (the median of the rounds' ratios).
 */
export async function benchMns(args: readonly string[], environment: NodeJS.ProcessEnv): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      workers: { type: 'string', default: '8' },
      seconds: { type: 'string', default: '2' },
      rounds: { type: 'string', default: '10' },
    },
  });
  const [workers, seconds, rounds] = [Number(values.workers), Number(values.seconds), Number(values.rounds)];
  if (![workers, seconds, rounds].every((value) => value > 0)) throw new Error('--workers, --seconds and --rounds must be numbers above 0');
  const secrets = await temporarySecrets({});
  const containers = await startContainers(`madeinworld-bench-mns-${process.pid}`, QUEUE, REGION, environment);
  const children: StartedChild[] = [];
  const startGateway = async (...flags: string[]): Promise<RawQueue> => {
    const child = await startChild(
      CHINA_CLOUD,
      ['--secrets-file', secrets.path, '--sweep-interval', '0', '--queue', QUEUE, ...flags],
      environment,
    );
    children.push(child);
    return openRawMns({ url: child.urlOf('china:queue'), queue: QUEUE, connections: workers, body: BODY, ...TEST_KEY });
  };
  const contestants: Contestant[] = [];
  const enter = (name: string, queue: RawQueue): Contestant => {
    const contestant = { name, queue, rates: [], clientBusy: [] };
    contestants.push(contestant);
    return contestant;
  };
  try {
    const gateway = enter('MNS gateway, embedded (fauxqs)', await startGateway());
    const localstack = enter(
      'LocalStack 4.14.0, SQS',
      openRawSqs({ url: containers.localstackUrl, queue: QUEUE, connections: workers, body: BODY, region: REGION }),
    );
    enter('MNS gateway, ElasticMQ 1.6.16', await startGateway('--backend-url', containers.elasticmqUrl));
    print(
      `${workers} workers, ${rounds} rounds of ${seconds} s in turns, after ${WARM_UP_S} s each to warm up; bodies of ${BODY.length} bytes\n`,
    );
    for (const { queue } of contestants) await measure(queue, workers, WARM_UP_S).then(() => drain(queue));
    for (let turn = 0; turn < rounds; turn += 1) for (const contestant of contestants) await round(contestant, workers, seconds);
    report(contestants, localstack);
    const ratio = ratioOf(gateway, localstack);
    print(
      `\nembedded gateway / LocalStack: ${ratio.toFixed(2)} (target: at least ${TARGET_RATIO}) ${ratio >= TARGET_RATIO ? 'met' : 'MISSED'}`,
    );
    if (ratio < TARGET_RATIO) process.exitCode = 1;
  } finally {
    for (const { queue } of contestants) await queue.close();
    for (const child of children) await child.stop();
    await containers.stop();
    await secrets.remove();
  }
}

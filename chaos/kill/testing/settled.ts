import { createHmac } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';

import pg from 'pg';
import { Type } from 'typebox';
import { Value } from 'typebox/value';

import { withClient } from '#sim/postgres/provision.ts';

import { differences, readContents, type Contents } from '../../checkers/databases.ts';
import { credentials, type Plant, type RegionPlant } from './plant.ts';

const QueueUrl = Type.Object({ QueueUrl: Type.String() });
const Attributes = Type.Object({ Attributes: Type.Record(Type.String(), Type.String()) });
const SETTLE_WITHIN_MS = 60_000;
const LOOKS_A_LEASE = 20;
/** Longer than any step takes here, far shorter than what runs in production: a message of a worker that is gone is to come back soon. */
const VISIBILITY_SECONDS = 2;

/** Asks the SQS server behind a region's queue; emulators check no signature. */
async function sqs(url: string, action: string, input: object): Promise<unknown> {
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': `AmazonSQS.${action}`,
      authorization: `AWS4-HMAC-SHA256 Credential=test/20260101/eu-west-1/sqs/aws4_request, SignedHeaders=host, Signature=none`,
    },
    body: JSON.stringify(input),
  });
  if (!response.ok) throw new Error(`${action} was answered with ${response.status}`);
  const text = await response.text();
  return text === '' ? undefined : JSON.parse(text);
}

const queueUrlOf = async ({ queueBackendUrl }: RegionPlant): Promise<string> =>
  Value.Parse(QueueUrl, await sqs(queueBackendUrl, 'GetQueueUrl', { QueueName: 'madeinworld-sync' })).QueueUrl;

/** Changes the attributes of an MNS queue, which its gateway keeps, signed as any of its clients signs. */
async function setMnsVisibility(queueUrl: string, seconds: number): Promise<void> {
  const resource = '/queues/madeinworld-sync?metaoverride=true';
  const body = `<?xml version="1.0" encoding="UTF-8"?><Queue xmlns="http://mns.aliyuncs.com/doc/v1/"><VisibilityTimeout>${seconds}</VisibilityTimeout></Queue>`;
  const [date, version, type] = [new Date().toUTCString(), '2015-06-06', 'text/xml'];
  const text = ['PUT', '', type, date, `x-mns-version:${version}`, resource].join('\n');
  const signature = createHmac('sha1', credentials.secretAccessKey).update(text).digest('base64');
  const headers = { date, 'content-type': type, 'x-mns-version': version, authorization: `MNS ${credentials.accessKeyId}:${signature}` };
  const response = await fetch(`${queueUrl}${resource}`, { method: 'PUT', headers, body });
  if (!response.ok) throw new Error(`SetQueueAttributes was answered with ${response.status}: ${await response.text()}`);
}

/** Lets messages that their receivers do not delete come back after `VISIBILITY_SECONDS`. */
export async function shortenVisibility({ world, china }: Plant): Promise<void> {
  const input = { QueueUrl: await queueUrlOf(world), Attributes: { VisibilityTimeout: String(VISIBILITY_SECONDS) } };
  await Promise.all([sqs(world.queueBackendUrl, 'SetQueueAttributes', input), setMnsVisibility(china.queueUrl, VISIBILITY_SECONDS)]);
}

async function depthOf(plant: RegionPlant): Promise<number> {
  const names = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'];
  const answer = await sqs(plant.queueBackendUrl, 'GetQueueAttributes', { QueueUrl: await queueUrlOf(plant), AttributeNames: names });
  const { Attributes: attributes } = Value.Parse(Attributes, answer);
  return names.reduce((sum, name) => sum + Number(attributes[name] ?? 0), 0);
}

/** Time passes: leases that dead publishers left run out. Half a minute of waiting is not part of the test. */
export async function endLeases({ databaseUrl }: RegionPlant): Promise<void> {
  await withClient(databaseUrl, (client) =>
    client.query(`UPDATE sync.outbox SET leased_until = clock_timestamp() - interval '1 second' WHERE leased_until IS NOT NULL`),
  );
}

async function connected(url: string): Promise<pg.Client | undefined> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  return client.connect().then(
    () => client,
    () => undefined,
  );
}

/** Resolves when the server of `databaseUrl` has gone down with one of its backends and has come back. Call it before the backend is killed. */
export async function watchRecovery({ databaseUrl }: RegionPlant): Promise<() => Promise<void>> {
  const canary = await connected(databaseUrl);
  if (canary === undefined) throw new Error('the server does not answer');
  const down = new Promise((resolve) => canary.once('end', resolve));
  return async () => {
    await down;
    for (;;) {
      const client = await connected(databaseUrl);
      if (client !== undefined) return client.end();
      await wait(50);
    }
  };
}

export interface Settled {
  readonly world: Contents;
  readonly china: Contents;
}

/** Waits until both databases are equal and nothing is under way; ends leases that somebody left meanwhile. Throws with what still differs. */
export async function untilSettled({ world, china }: Plant): Promise<Settled> {
  const start = Date.now();
  for (let look = 1; ; look += 1) {
    let unlike: unknown;
    try {
      if (look % LOOKS_A_LEASE === 0) await Promise.all([endLeases(world), endLeases(china)]);
      const [here, there] = await Promise.all([readContents(world.databaseUrl), readContents(china.databaseUrl)]);
      const left = [here.residue, there.residue, { queued: await depthOf(world) }, { queued: await depthOf(china) }];
      const differing = differences(here, there);
      if (differing.length === 0 && left.every((counts) => Object.values(counts).every((n) => n === 0)))
        return { world: here, china: there };
      unlike = { differing, left };
    } catch (error) {
      // Its process may just be starting again.
      unlike = String(error);
    }
    if (Date.now() - start > SETTLE_WITHIN_MS) throw new Error(`not at rest after ${SETTLE_WITHIN_MS} ms: ${JSON.stringify(unlike)}`);
    await wait(100);
  }
}

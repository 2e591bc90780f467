import { randomUUID } from 'node:crypto';

import Client from '@alicloud/mns';

import { startGatewayFixture, type FixtureOptions, type GatewayFixture } from '#standins/mns/gateway-fixture.ts';
import { sendSigned, type RawAnswer, type RawRequest } from '#standins/mns/signed-request.ts';
import { createHttpCall } from '#standins/sqs/http-call.ts';
import type { MnsTarget } from '../../components/mns.ts';

/** The vendor's own client: it signs, writes and parses independently of the gateway. */
export function vendorClient({ url, accessKey }: MnsTarget, over: { securityToken?: string } = {}): Client {
  return new Client('1234567890', {
    endpoint: url,
    accessKeyId: accessKey.accessKeyId,
    accessKeySecret: accessKey.secretAccessKey,
    ...over,
  });
}

/** Sends what the vendor's client cannot. */
export function request({ url, accessKey }: MnsTarget, raw: RawRequest): Promise<RawAnswer> {
  return sendSigned({ url, ...accessKey, nowMs: Date.now }, raw);
}

export const newName = (): string => `q-${randomUUID()}`;

type Attributes = Readonly<Record<string, string | number | boolean>>;

/** A queue of the test's own; answers its name. */
export async function newQueue(client: Client, attributes: Attributes = {}): Promise<string> {
  const name = newName();
  await client.createQueue(name, attributes);
  return name;
}

/** Runs `work` on a second gateway in front of the same queue server, in this process: its clock can be moved, and its calls come through here. */
export async function withOwnGateway(
  { backendUrl }: MnsTarget,
  options: FixtureOptions,
  work: (gateway: GatewayFixture) => Promise<void>,
): Promise<void> {
  const sqs = createHttpCall(backendUrl, 'eu-west-1');
  const gateway = await startGatewayFixture({ ...options, sqs: sqs.call });
  try {
    await work(gateway);
  } finally {
    await gateway.close();
    await sqs.close();
  }
}

import { randomUUID } from 'node:crypto';
import type { Server } from 'node:http';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { parseJson } from '../http-server/parse-json.ts';
import { readCallAnswer, type SqsCall } from '../sqs/call.ts';
import { createInterceptor, type HeldAnswer, type HeldRequest } from './interceptor.ts';
import type { QueueFaults } from './queue-faults.ts';

const sends = new Set(['AmazonSQS.SendMessage', 'AmazonSQS.SendMessageBatch']);
const json = Compile(Type.Record(Type.String(), Type.Unknown()));

/**
 * Stands between an SQS server and its clients, and does to what they send what the faults in force say (JSON protocol; the older query protocol passes as it
 * is). A changed request keeps the signature of the one that came: emulators check none.
 */
export function createSqsInterceptor(faults: QueueFaults, upstream: () => string): Server {
  return createInterceptor({
    upstream,
    isOfInterest: (headers) => faults.kinds().length > 0 && sends.has(String(headers['x-amz-target'])),
    answer: (held) => answerSend(faults, held),
  });
}

async function answerSend(faults: QueueFaults, held: HeldRequest): Promise<HeldAnswer | undefined> {
  const input = parseJson(held.body);
  if (!json.Check(input)) return undefined;
  const raw = new Map<unknown, HeldAnswer>();
  let refused: HeldAnswer | undefined;
  const call: SqsCall = async (action, changed) => {
    const body = changed === input ? held.body : Buffer.from(JSON.stringify(changed));
    const answer = await held.exchange(body, { 'x-amz-target': `AmazonSQS.${action}` });
    refused = answer;
    const read = readCallAnswer(action, answer.status, answer.body.toString('utf8'));
    refused = undefined;
    raw.set(read, answer);
    return read;
  };
  const action = String(held.headers['x-amz-target']).slice('AmazonSQS.'.length);
  let answer: unknown;
  try {
    answer = await faults.wrap(call)(action, input);
  } catch (error) {
    if (refused === undefined) throw error;
    return refused;
  }
  // The server's own words wherever they are the whole answer.
  return raw.get(answer) ?? ownAnswer(answer);
}

function ownAnswer(answer: unknown): HeldAnswer {
  const rawHeaders = ['content-type', 'application/x-amz-json-1.0', 'x-amzn-requestid', randomUUID()];
  return { status: 200, rawHeaders, body: Buffer.from(JSON.stringify(answer)) };
}

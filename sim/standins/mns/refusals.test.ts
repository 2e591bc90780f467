import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SqsCallError, type SqsCall } from '../sqs/call.ts';
import { startGatewayFixture, xmlOf, type GatewayFixture, type RawRequest } from './gateway-fixture.ts';

const Q = '/queues/refusals';
const messages = `${Q}/messages`;
const message = (body: string, more = ''): string => `<Message><MessageBody>${body}</MessageBody>${more}</Message>`;

let gateway: GatewayFixture;
let handle: string;
beforeAll(async () => {
  gateway = await startGatewayFixture();
  await gateway.client.createQueue('refusals');
  await gateway.client.sendMessage('refusals', { MessageBody: 'YQ==' });
  handle = (await gateway.client.receiveMessage('refusals')).body['ReceiptHandle'] ?? '';
});
afterAll(() => gateway.close());

async function expectError(raw: RawRequest, status: number, code: string): Promise<void> {
  const answer = await gateway.request(raw);
  expect([answer.status, answer.field('Code')]).toEqual([status, code]);
  expect(answer.headers.get('content-type')).toBe('text/xml;charset=utf-8');
  expect(answer.headers.get('x-mns-request-id')).toBe(answer.field('RequestId'));
  expect(answer.headers.get('x-mns-version')).toBe('2015-06-06');
  // Clients crash on an error that lacks one of these.
  for (const name of ['Message', 'RequestId', 'HostId']) expect(answer.field(name)).toMatch(/./);
}

const minutesAgo = (minutes: number): string => new Date(Date.now() - minutes * 60_000).toUTCString();

describe('who asks', () => {
  const get = { method: 'GET', target: Q } as const;
  it.each([
    ['no signature', { authorization: undefined }, 400, 'MissingAuthorizationHeader'],
    ['another scheme', { authorization: 'AWS a:b' }, 400, 'InvalidAuthorizationHeader'],
    ['an unknown key', { authorization: 'MNS stranger:c2lnbmF0dXJl' }, 403, 'InvalidAccessKeyId'],
    ['no date', { date: undefined }, 400, 'MissingDateHeader'],
    ['a date of another format', { date: new Date().toISOString() }, 400, 'InvalidDateHeader'],
    ['a date 16 minutes ago', { date: minutesAgo(16) }, 408, 'TimeExpired'],
    ['a date 16 minutes ahead', { date: minutesAgo(-16) }, 408, 'TimeExpired'],
    ['an unknown version', { 'x-mns-version': '2014-01-01' }, 400, 'InvalidArgument'],
  ])('%s', async (_, headers, status, code) => {
    await expectError({ ...get, headers }, status, code);
  });

  it('a wrong secret key', () => expectError({ ...get, secretKey: 'wrong' }, 403, 'SignatureDoesNotMatch'));

  it('14 minutes of skew pass either way', async () => {
    for (const minutes of [14, -14]) expect((await gateway.request({ ...get, headers: { date: minutesAgo(minutes) } })).status).toBe(200);
  });

  it('x-mns-date replaces Date', async () => {
    const headers = { date: undefined, 'x-mns-date': new Date().toUTCString() };
    expect((await gateway.request({ ...get, headers })).status).toBe(200);
    await expectError({ ...get, headers: { ...headers, 'x-mns-date': minutesAgo(16) } }, 408, 'TimeExpired');
  });
});

describe('Content-MD5', () => {
  const body = xmlOf('Message', '<MessageBody>YQ==</MessageBody>');
  const send = (md5: string | undefined): RawRequest => ({ method: 'POST', target: messages, body, headers: { 'content-md5': md5 } });
  const digest = createHash('md5').update(body).digest();

  it.each([
    ['Base64 of the digest', digest.toString('base64')],
    ["Base64 of the digest's hex text", Buffer.from(digest.toString('hex')).toString('base64')],
    ['none', undefined],
  ])('%s is accepted', async (_, md5) => {
    expect((await gateway.request(send(md5))).status).toBe(201);
  });

  it("another body's is refused", () => expectError(send(createHash('md5').update('other').digest('base64')), 400, 'InvalidDegist'));
});

describe('where to', () => {
  it.each([
    ['GET', '/', 400, 'InvalidRequestURL'],
    ['POST', Q, 400, 'InvalidRequestURL'],
    ['GET', `${messages}/1`, 400, 'InvalidRequestURL'],
    ['GET', '/queues/no-such-queue', 404, 'QueueNotExist'],
    ['GET', '/queues/no-such-queue/messages', 404, 'QueueNotExist'],
    ['GET', '/queues/under_score', 400, 'InvalidQueueName'],
    ['GET', '/queues/-hyphen', 400, 'InvalidQueueName'],
    ['GET', `/queues/${'q'.repeat(121)}`, 400, 'QueueNameLengthError'],
    ['GET', `${messages}?numOfMessages=%E0%A4%A`, 400, 'InvalidQueryString'],
    ['GET', `${messages}?numOfMessages=1&NumOfMessages=2`, 400, 'InvalidQueryString'],
    ['GET', `${messages}?numOfMessages=many`, 400, 'InvalidQueryString'],
    ['GET', `${messages}?numOfMessages=17`, 400, 'InvalidArgument'],
    ['GET', `${messages}?numOfMessages=0`, 400, 'InvalidArgument'],
    ['GET', `${messages}?waitseconds=31`, 400, 'InvalidArgument'],
    ['DELETE', messages, 400, 'MissingReceiptHandle'],
    ['DELETE', `${messages}?ReceiptHandle=forged`, 400, 'ReceiptHandleError'],
    ['PUT', messages, 400, 'MissingReceiptHandle'],
    ['PUT', `${messages}?receiptHandle=forged&visibilityTimeout=9`, 400, 'ReceiptHandleError'],
    ['GET', '/topics/t', 501, 'NotSimulated'],
  ])('%s %s', async (method, target, status, code) => {
    await expectError({ method, target }, status, code);
  });

  it('visibility: missing, 0 and over 12 hours', async () => {
    const target = `${messages}?receiptHandle=${handle}`;
    await expectError({ method: 'PUT', target }, 400, 'MissingVisibilityTimeout');
    for (const visibility of [0, 43_201]) {
      await expectError({ method: 'PUT', target: `${target}&visibilityTimeout=${visibility}` }, 400, 'InvalidArgument');
    }
  });

  it('a handle passes percent-escaped too, and query keys in any case', async () => {
    const escaped = [...handle].map((character) => `%${character.charCodeAt(0).toString(16)}`).join('');
    const answer = await gateway.request({ method: 'PUT', target: `${messages}?RECEIPTHANDLE=${escaped}&VISIBILITYTIMEOUT=30` });
    expect(answer.status).toBe(200);
    expect((await gateway.request({ method: 'DELETE', target: `${messages}?receipthandle=${answer.field('ReceiptHandle')}` })).status).toBe(
      204,
    );
  });
});

describe('what is sent', () => {
  const send = (body: string | Buffer): RawRequest => ({ method: 'POST', target: messages, body });
  it.each([
    ['no XML', 'hello', 'MalformedXML'],
    ['an open element', '<Message xmlns="http://mns.aliyuncs.com/doc/v1/">', 'MalformedXML'],
    ['an unescaped ampersand', xmlOf('Message', '<MessageBody>a&b</MessageBody>'), 'MalformedXML'],
    ['a document type', '<!DOCTYPE x [<!ENTITY e "e">]><Message xmlns="http://mns.aliyuncs.com/doc/v1/"/>', 'MalformedXML'],
    ['another namespace', '<Message xmlns="urn:other"><MessageBody>YQ==</MessageBody></Message>', 'MalformedXML'],
    ['no namespace', '<Message><MessageBody>YQ==</MessageBody></Message>', 'MalformedXML'],
    ['another root', xmlOf('Queue', ''), 'MalformedXML'],
    ['no body', xmlOf('Message', '<DelaySeconds>1</DelaySeconds>'), 'MalformedXML'],
    ['two bodies', xmlOf('Message', '<MessageBody>a</MessageBody><MessageBody>b</MessageBody>'), 'MalformedXML'],
    ['bytes that are not UTF-8', Buffer.from([0x3c, 0xff]), 'MalformedXML'],
    ['an empty batch', xmlOf('Messages', ''), 'MalformedXML'],
    ['an empty message', xmlOf('Message', '<MessageBody></MessageBody>'), 'InvalidArgument'],
    ['a negative delay', xmlOf('Message', '<MessageBody>a</MessageBody><DelaySeconds>-1</DelaySeconds>'), 'InvalidArgument'],
    ['a delay over a week', xmlOf('Message', '<MessageBody>a</MessageBody><DelaySeconds>604801</DelaySeconds>'), 'InvalidArgument'],
    ['priority 17', xmlOf('Message', '<MessageBody>a</MessageBody><Priority>17</Priority>'), 'InvalidArgument'],
    ['a message of 64 KB and a byte', xmlOf('Message', `<MessageBody>${'a'.repeat(65_537)}</MessageBody>`), 'InvalidArgument'],
    ['17 messages', xmlOf('Messages', message('YQ==').repeat(17)), 'InvalidArgument'],
    ['a batch of 64 KB and 2 bytes', xmlOf('Messages', message('a'.repeat(32_769)).repeat(2)), 'InvalidArgument'],
    ['more than half a megabyte', xmlOf('Message', `<MessageBody>${'a'.repeat(600_000)}</MessageBody>`), 'InvalidArgument'],
  ])('%s is refused', async (_, body, code) => {
    await expectError(send(body), 400, code);
  });

  it('what MNS knows and this stand-in does not is refused aloud', () =>
    expectError(send(xmlOf('Message', '<MessageBody>a</MessageBody><MessageGroupId>g</MessageGroupId>')), 501, 'NotSimulated'));

  it('64 KB to the byte pass, in one message and in a batch', async () => {
    expect((await gateway.request(send(xmlOf('Message', `<MessageBody>${'a'.repeat(65_536)}</MessageBody>`)))).status).toBe(201);
    expect((await gateway.request(send(xmlOf('Messages', message('a'.repeat(32_768)).repeat(2))))).status).toBe(201);
  });

  it("Java's namespace, without the last slash, passes", async () => {
    const body = '<Message xmlns="http://mns.aliyuncs.com/doc/v1"><MessageBody>YQ==</MessageBody></Message>';
    expect((await gateway.request(send(body))).status).toBe(201);
  });

  it("queue attributes outside MNS's ranges", async () => {
    const create = (inner: string): RawRequest => ({ method: 'PUT', target: '/queues/ranges', body: xmlOf('Queue', inner) });
    for (const inner of [
      '<VisibilityTimeout>0</VisibilityTimeout>',
      '<VisibilityTimeout>43201</VisibilityTimeout>',
      '<MessageRetentionPeriod>59</MessageRetentionPeriod>',
      '<MaximumMessageSize>65537</MaximumMessageSize>',
      '<PollingWaitSeconds>31</PollingWaitSeconds>',
      '<DelaySeconds>604801</DelaySeconds>',
      '<LoggingEnabled>perhaps</LoggingEnabled>',
    ]) {
      await expectError(create(inner), 400, 'InvalidArgument');
    }
  });
});

describe('partial failures', () => {
  it('of a batch send say which entry failed and why', async () => {
    // SQS servers refuse characters outside XML's basic plane in single entries of a batch.
    const answer = await gateway.request({
      method: 'POST',
      target: messages,
      body: xmlOf('Messages', message('YQ==') + message('\u{1F600}') + message('Yg==')),
    });
    expect(answer.status).toBe(500);
    expect([...answer.text.matchAll(/<Message><(\w+)>/g)].map(([, first]) => first)).toEqual(['MessageId', 'ErrorCode', 'MessageId']);
    expect(answer.field('ErrorCode')).toBe('InvalidArgument');
    expect(answer.field('ErrorMessage')).toMatch(/./);
  });

  it('of the queue server between two calls of one batch are told, not hidden', async () => {
    let calls = 0;
    const failing = await startGatewayFixture({
      between:
        (sqs): SqsCall =>
        async (action, input) => {
          if (action === 'SendMessageBatch' && ++calls === 2) throw new SqsCallError('Unreachable', 'it is gone');
          return sqs(action, input);
        },
    });
    await failing.client.createQueue('halves');
    const answer = await failing.request({
      method: 'POST',
      target: '/queues/halves/messages',
      body: xmlOf('Messages', message('YQ==').repeat(16)),
    });
    expect(answer.status).toBe(500);
    expect(answer.text.match(/<MessageId>/g)).toHaveLength(10);
    expect(answer.text.match(/<ErrorCode>InternalError<\/ErrorCode>/g)).toHaveLength(6);
    await failing.close();
  });
});

describe('a queue server that does not answer', () => {
  it('is an internal error with all four elements', async () => {
    const down = await startGatewayFixture({
      between: () => () => Promise.reject(new SqsCallError('Unreachable', 'no answer')),
    });
    const answer = await down.request({ method: 'GET', target: messages });
    expect([answer.status, answer.field('Code')]).toEqual([500, 'InternalError']);
    expect(answer.field('HostId')).toBe(down.url);
    await expect(down.close()).rejects.toThrow('the gateway failed');
  });
});

import { createHash } from 'node:crypto';

import { beforeAll, expect } from 'vitest';

import { xmlOf, type RawAnswer, type RawRequest } from '#standins/mns/signed-request.ts';
import { SqsCallError } from '#standins/sqs/call.ts';
import { mns } from '../../behaviours/mns.ts';
import { startMns } from '../../components/mns.ts';
import { conformance } from '../../frame/conformance.ts';
import { newQueue, request, vendorClient, withOwnGateway } from './clients.ts';

const { target, shows } = conformance(mns, startMns);
const client = () => vendorClient(target());

let queue: string;
let messages: string;
let handle: string;
beforeAll(async () => {
  queue = await newQueue(client());
  messages = `/queues/${queue}/messages`;
  await client().sendMessage(queue, { MessageBody: 'YQ==' });
  handle = (await client().receiveMessage(queue)).body['ReceiptHandle'] ?? '';
});

const message = (body: string, more = ''): string => `<Message><MessageBody>${body}</MessageBody>${more}</Message>`;
const single = (inner: string): string => xmlOf('Message', inner);
const minutesAgo = (minutes: number): string => new Date(Date.now() - minutes * 60_000).toUTCString();
const send = (body: string | Buffer, headers: RawRequest['headers'] = {}) =>
  request(target(), { method: 'POST', target: messages, body, headers });
const get = (headers: RawRequest['headers'], more: Partial<RawRequest> = {}) =>
  request(target(), { method: 'GET', target: `/queues/${queue}`, headers: { ...headers }, ...more });

/** Every error is whole: clients crash on one that lacks an element. */
function expectError(answer: RawAnswer, status: number, code: string, what = ''): void {
  expect([answer.status, answer.field('Code')], what).toEqual([status, code]);
  expect(answer.headers.get('content-type')).toBe('text/xml;charset=utf-8');
  expect(answer.headers.get('x-mns-request-id')).toBe(answer.field('RequestId'));
  expect(answer.headers.get('x-mns-version')).toBe('2015-06-06');
  for (const name of ['Message', 'RequestId', 'HostId']) expect(answer.field(name)).toMatch(/./);
}

shows('errors', async () => {
  const answer = await request(target(), { method: 'GET', target: '/queues/no-such-queue' });
  expectError(answer, 404, 'QueueNotExist');
  expect(answer.text).toContain('<Error xmlns="http://mns.aliyuncs.com/doc/v1/">');
  const again = await request(target(), { method: 'GET', target: '/queues/no-such-queue' });
  expect(again.field('RequestId')).not.toBe(answer.field('RequestId'));
  await expect(client().getQueueAttributes('no-such-queue')).rejects.toMatchObject({ name: 'MNSQueueNotExistError' });
});

shows('signature', async () => {
  expectError(await get({ authorization: undefined }), 400, 'MissingAuthorizationHeader');
  expectError(await get({ authorization: 'AWS a:b' }), 400, 'InvalidAuthorizationHeader');
  expectError(await get({ authorization: 'MNS stranger:c2lnbmF0dXJl' }), 403, 'InvalidAccessKeyId');
  expectError(await get({}, { secretKey: 'wrong' }), 403, 'SignatureDoesNotMatch');
  // What was signed counts as it came: another spelling of the same target is another request.
  expect((await get({}, { target: '/queues/no%2Dsuch' })).field('Code')).toBe('QueueNotExist');
});

shows('clock-skew', async () => {
  for (const minutes of [14, -14]) expect((await get({ date: minutesAgo(minutes) })).status).toBe(200);
  for (const minutes of [16, -16]) expectError(await get({ date: minutesAgo(minutes) }), 408, 'TimeExpired');
});

shows('dates', async () => {
  expectError(await get({ date: undefined }), 400, 'MissingDateHeader');
  expectError(await get({ date: new Date().toISOString() }), 400, 'InvalidDateHeader');
  expect((await get({ date: undefined, 'x-mns-date': minutesAgo(0) })).status).toBe(200);
  expectError(await get({ date: undefined, 'x-mns-date': minutesAgo(16) }), 408, 'TimeExpired');
  // The vendor's client sends both.
  expect((await client().getQueueAttributes(queue)).code).toBe(200);
});

shows('session-token', async () => {
  const withToken = vendorClient(target(), { securityToken: 'token of a session' });
  expect((await withToken.getQueueAttributes(queue)).code).toBe(200);
});

shows('content-md5', async () => {
  const body = single('<MessageBody>YQ==</MessageBody>');
  const digest = createHash('md5').update(body).digest();
  const both = [digest.toString('base64'), Buffer.from(digest.toString('hex')).toString('base64')];
  for (const md5 of [...both, undefined]) expect((await send(body, { 'content-md5': md5 })).status).toBe(201);
  for (const text of ['other', `${body} `]) {
    const md5 = createHash('md5').update(text).digest('base64');
    expectError(await send(body, { 'content-md5': md5 }), 400, 'InvalidDegist');
  }
});

shows('api-version', async () => {
  expectError(await get({ 'x-mns-version': '2014-01-01' }), 400, 'InvalidArgument');
});

shows('request-urls', async () => {
  const cases = [
    ['GET', '/', 400, 'InvalidRequestURL'],
    ['POST', `/queues/${queue}`, 400, 'InvalidRequestURL'],
    ['PATCH', messages, 400, 'InvalidRequestURL'],
    ['GET', `${messages}/1`, 400, 'InvalidRequestURL'],
    ['GET', '/queues/no-such-queue/messages', 404, 'QueueNotExist'],
    ['DELETE', '/queues/no-such-queue/messages?ReceiptHandle=x', 404, 'QueueNotExist'],
    ['PUT', '/queues/no-such-queue?metaoverride=true', 404, 'QueueNotExist'],
  ] as const;
  for (const [method, path, status, code] of cases)
    expectError(await request(target(), { method, target: path }), status, code, `${method} ${path}`);
});

shows('query-strings', async () => {
  const cases = [
    ['GET', '?numOfMessages=%E0%A4%A', 'InvalidQueryString'],
    ['GET', '?numOfMessages=1&NumOfMessages=2', 'InvalidQueryString'],
    ['GET', '?numOfMessages=many', 'InvalidQueryString'],
    ['GET', '?waitseconds=', 'InvalidQueryString'],
    ['GET', '?waitseconds=31', 'InvalidArgument'],
    ['GET', '?waitseconds=-1', 'InvalidArgument'],
    ['DELETE', '', 'MissingReceiptHandle'],
    ['PUT', '', 'MissingReceiptHandle'],
    ['PUT', `?receiptHandle=${handle}`, 'MissingVisibilityTimeout'],
  ] as const;
  for (const [method, query, code] of cases)
    expectError(await request(target(), { method, target: messages + query }), 400, code, `${method} ${query}`);
});

shows('visibility-range', async () => {
  for (const visibility of [0, -1, 43_201, 'long']) {
    const change = { method: 'PUT', target: `${messages}?receiptHandle=${handle}&visibilityTimeout=${visibility}` };
    expectError(await request(target(), change), 400, 'InvalidArgument', String(visibility));
  }
});

shows('batch-limit', async () => {
  for (const count of [0, 17])
    expectError(await request(target(), { method: 'GET', target: `${messages}?numOfMessages=${count}` }), 400, 'InvalidArgument');
  expectError(await send(xmlOf('Messages', message('YQ==').repeat(17))), 400, 'InvalidArgument');
  const handles = xmlOf('ReceiptHandles', `<ReceiptHandle>${handle}</ReceiptHandle>`.repeat(17));
  expectError(await request(target(), { method: 'DELETE', target: messages, body: handles }), 400, 'InvalidArgument');
});

shows('size-limit', async () => {
  const big = await newQueue(client());
  const toBig = (body: string) => request(target(), { method: 'POST', target: `/queues/${big}/messages`, body });
  const cases = [
    ['a message of 64 KB', single(`<MessageBody>${'a'.repeat(65_536)}</MessageBody>`), 201],
    ['a message of a byte more', single(`<MessageBody>${'a'.repeat(65_537)}</MessageBody>`), 400],
    ['characters of three bytes', single(`<MessageBody>${'中'.repeat(21_846)}</MessageBody>`), 400],
    ['a batch of 64 KB', xmlOf('Messages', message('a'.repeat(4096)).repeat(16)), 201],
    ['a batch of two bytes more', xmlOf('Messages', message('a'.repeat(32_769)).repeat(2)), 400],
    ['nothing', single('<MessageBody></MessageBody>'), 400],
    ['more than half a megabyte', single(`<MessageBody>${'a'.repeat(600_000)}</MessageBody>`), 400],
  ] as const;
  for (const [what, body, status] of cases) {
    const answer = await toBig(body);
    if (status === 400) expectError(answer, status, 'InvalidArgument', what);
    else expect(answer.status, what).toBe(status);
  }
  const { body } = await client().batchReceiveMessage(big, 16);
  while (body.length < 17) body.push(...(await client().batchReceiveMessage(big, 16, 10)).body);
  const lengths = body.map((entry) => entry['MessageBody']?.length ?? 0).toSorted((a, b) => a - b);
  expect(lengths).toEqual([...Array.from({ length: 16 }, () => 4096), 65_536]);
});

shows('strict-xml', async () => {
  const cases: Readonly<Record<string, string | Buffer>> = {
    'no XML': 'hello',
    nothing: '',
    'an open element': '<Message xmlns="http://mns.aliyuncs.com/doc/v1/">',
    'an unescaped ampersand': single('<MessageBody>a&b</MessageBody>'),
    'a document type': '<!DOCTYPE x [<!ENTITY e "e">]><Message xmlns="http://mns.aliyuncs.com/doc/v1/"/>',
    'another namespace': '<Message xmlns="urn:other"><MessageBody>YQ==</MessageBody></Message>',
    'no namespace': '<Message><MessageBody>YQ==</MessageBody></Message>',
    'another root': xmlOf('Queue', ''),
    'no body': single('<DelaySeconds>1</DelaySeconds>'),
    'two bodies': single('<MessageBody>a</MessageBody><MessageBody>b</MessageBody>'),
    'an empty batch': xmlOf('Messages', ''),
    'bytes that are not UTF-8': Buffer.from([0x3c, 0xff]),
  };
  for (const [what, body] of Object.entries(cases)) expectError(await send(body), 400, 'MalformedXML', what);
  const java = '<Message xmlns="http://mns.aliyuncs.com/doc/v1"><MessageBody>YQ==</MessageBody></Message>';
  for (const type of ['text/xml', 'application/xml', 'text/xml;charset=utf-8'])
    expect((await send(java, { 'content-type': type })).status).toBe(201);
});

shows('internal-error', async () => {
  let gone = false;
  const between: Parameters<typeof withOwnGateway>[1]['between'] = (sqs) => (action, input) =>
    gone ? Promise.reject(new SqsCallError('Unreachable', 'no answer')) : sqs(action, input);
  const work = withOwnGateway(target(), { between }, async (gateway) => {
    const own = await newQueue(gateway.client);
    await gateway.client.sendMessage(own, { MessageBody: 'YQ==' });
    const received = (await gateway.client.receiveMessage(own)).body['ReceiptHandle'] ?? '';
    gone = true;
    for (const method of ['GET', 'DELETE'])
      expectError(await gateway.request({ method, target: `/queues/${own}/messages?ReceiptHandle=${received}` }), 500, 'InternalError');
    gone = false;
    // What failed has not used the handle up.
    expect((await gateway.client.deleteMessage(own, received)).code).toBe(204);
  });
  await expect(work).rejects.toThrow('the gateway failed during the test');
});

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterAll, beforeAll, expect, it } from 'vitest';

import { openDysmsReportQueue } from './dysms-report-queue.ts';

/** The vendor: its API of tokens, its queue, which is empty, and our own credentials. */
const asked: (string | string[] | null | undefined)[][] = [];
const polledWith: (string | string[] | undefined)[] = [];
let token: object = {};
const vendor = createServer((request, response) => {
  const url = new URL(request.url ?? '/', 'http://vendor');
  request.resume();
  if (url.pathname.startsWith('/queues/')) {
    polledWith.push(request.headers['security-token']);
    const error =
      '<?xml version="1.0"?><Error xmlns="http://mns.aliyuncs.com/doc/v1/"><Code>MessageNotExist</Code><Message>none</Message></Error>';
    response.writeHead(404, { 'content-type': 'text/xml' }).end(error);
    return;
  }
  if (url.pathname === '/credentials') {
    const key = { AccessKeyId: 'A', AccessKeySecret: 'b', SecurityToken: 'c', Expiration: '2099-01-01T00:00:00Z', Code: 'Success' };
    response.end(JSON.stringify(key));
    return;
  }
  asked.push([request.headers['x-acs-action'], url.searchParams.get('MessageType'), url.searchParams.get('QueueName')]);
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ Code: 'OK', MessageTokenDTO: token }));
});
let url = '';
beforeAll(async () => {
  await once(vendor.listen(0, '127.0.0.1'), 'listening');
  url = `http://127.0.0.1:${(vendor.address() as AddressInfo).port}`;
});
afterAll(() => vendor.close());

const tokenOf = (name: string, ExpireTime: string) => ({ AccessKeyId: name, AccessKeySecret: 's', SecurityToken: name, ExpireTime });
let now = Date.parse('2026-03-01T10:00:00+08:00');
const open = () =>
  openDysmsReportQueue(
    { queueName: 'Alicom-Queue-1-SmsReport', mnsEndpoint: url, tokenEndpoint: url, credentialsUri: `${url}/credentials` },
    { now: () => now, wait: async () => undefined },
  );
const poll = (queue: ReturnType<typeof open>) => queue.receive({ max: 1, waitSeconds: 0 }, new AbortController().signal);

it('is read with a token of the vendor’s, which is asked for again two minutes before it ends', async () => {
  const queue = open();
  token = tokenOf('one', '2026-03-01 11:00:00');
  expect(await poll(queue)).toEqual([]);
  now = Date.parse('2026-03-01T10:57:59+08:00');
  await poll(queue);
  expect(polledWith).toEqual(['one', 'one']);
  expect(asked).toEqual([['QueryTokenForMnsQueue', 'SmsReport', 'Alicom-Queue-1-SmsReport']]);
  now = Date.parse('2026-03-01T10:58:00+08:00');
  token = tokenOf('two', '2026-03-01 12:00:00');
  await Promise.all([poll(queue), poll(queue)]);
  expect(polledWith.slice(2)).toEqual(['two', 'two']);
  expect(asked).toHaveLength(2);
  await queue.close();
});

it('is not read with an answer that holds none', async () => {
  const queue = open();
  token = { AccessKeyId: 'one' };
  await expect(poll(queue)).rejects.toMatchObject({ name: 'QueueError', code: 'unavailable' });
  token = tokenOf('three', '2026-03-01 12:00:00');
  expect(await poll(queue)).toEqual([]);
  await queue.close();
});

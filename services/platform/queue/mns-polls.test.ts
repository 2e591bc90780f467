import { once } from 'node:events';
import { createServer, type Server } from 'node:http';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { Clock } from '../clock.ts';
import { openMnsQueue } from './mns.ts';
import type { Queue } from './queue.ts';

const empty =
  '<?xml version="1.0"?><Error><Code>MessageNotExist</Code><Message>empty</Message><RequestId>r</RequestId><HostId>h</HostId></Error>';
const never = new AbortController().signal;

describe('an empty poll', () => {
  let server: Server;
  let queue: Queue;
  let answer: { status: number; text: string; tookMs: number };
  let nowMs: number;
  let pausesMs: number[];

  beforeEach(async () => {
    answer = { status: 404, text: empty, tookMs: 0 };
    nowMs = 0;
    pausesMs = [];
    server = createServer((_request, response) => {
      nowMs += answer.tookMs;
      response.writeHead(answer.status, { 'content-type': 'text/xml' }).end(answer.text);
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const clock: Clock = {
      now: () => nowMs,
      async wait(delayMs) {
        pausesMs.push(delayMs);
      },
    };
    const credentials = async () => ({ accessKeyId: 'k', accessKeySecret: 's', securityToken: undefined });
    queue = openMnsQueue({ endpoint: `http://127.0.0.1:${port}`, queueName: 'q', credentials, clock });
  });
  afterEach(async () => {
    await queue.close();
    server.close();
  });

  it('that waited is followed by the next at once', async () => {
    answer.tookMs = 30_000;
    for (let poll = 0; poll < 3; poll += 1) expect(await queue.receive({ max: 1, waitSeconds: 30 }, never)).toEqual([]);
    expect(pausesMs).toEqual([]);
  });

  it('that came back at once, past the quota of long polls, is followed by ever longer pauses', async () => {
    for (let poll = 0; poll < 12; poll += 1) expect(await queue.receive({ max: 1, waitSeconds: 30 }, never)).toEqual([]);
    expect(pausesMs).toHaveLength(12);
    expect(Math.max(...pausesMs.slice(0, 2))).toBeLessThanOrEqual(200);
    expect(Math.max(...pausesMs)).toBeLessThanOrEqual(5_000);
    pausesMs = [];
    answer.tookMs = 30_000;
    await queue.receive({ max: 1, waitSeconds: 30 }, never);
    answer.tookMs = 0;
    await queue.receive({ max: 1, waitSeconds: 30 }, never);
    expect(pausesMs).toHaveLength(1);
    expect(pausesMs[0]).toBeLessThanOrEqual(100);
  });

  it('that was not to wait needs no pause', async () => {
    await queue.receive({ max: 1, waitSeconds: 0 }, never);
    expect(pausesMs).toEqual([]);
  });

  it('is not what a page of some proxy is', async () => {
    answer = { status: 404, text: '<html>not found</html>', tookMs: 0 };
    await expect(queue.receive({ max: 1, waitSeconds: 1 }, never)).rejects.toMatchObject({ code: 'unavailable', retryable: true });
  });
});

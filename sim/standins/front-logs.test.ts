/**
 * Goal: what a front logs tells which service failed, and nothing of whom a request was about. Planted once each: the path in a line of a service that does not answer,
 * in either front.
 */
import { createServer, type Server } from 'node:http';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { closeServer, listenOnLoopback } from './child.ts';
import { origins } from './front-flags.ts';
import { startChild } from './started-child.ts';

const NOBODY = 'http://127.0.0.1:9';
const mark = 'Quillfeather-447700900123';
let breaking: Server;
let breakingUrl: string;

beforeAll(async () => {
  // Its answers end behind their heads.
  breaking = createServer((_request, response) => {
    response.writeHead(200, { 'content-length': '100', 'x-name': mark }).write(mark);
    setImmediate(() => response.destroy());
  });
  breakingUrl = await listenOnLoopback(breaking, 0);
});
afterAll(() => closeServer(breaking));

test.each(['world', 'china'])(
  "%s's front logs which service failed, by the correlation id, and nothing of what was asked of it",
  async (region) => {
    const urls = origins.flatMap((origin) => [`--${origin}-url`, origin === 'user' ? breakingUrl : NOBODY]);
    const front = await startChild(new URL(`./${region}-front/main.ts`, import.meta.url), urls);
    const url = front.urlOf(`${region}:front`);
    const headers = { 'x-correlation-id': mark, 'x-name': mark, traceparent: mark, 'content-type': mark, referer: mark };
    try {
      const broken = await fetch(`${url}/v1/me/${mark}?name=${mark}`, { headers });
      await expect(broken.text()).rejects.toThrow();
      for (const path of [`/v1/${mark}`, `/v1/auth/${mark}?email=${mark}`]) {
        const response = await fetch(url + path, { method: 'POST', headers, body: mark });
        expect(response.status).toBe(502);
        const id = response.headers.get('x-correlation-id') ?? 'none';
        const told = () => front.lines.filter((line) => line.includes(id) && line.includes('did not answer'));
        await expect.poll(told).toEqual([expect.stringMatching(path.startsWith('/v1/auth') ? /auth/i : /catalog/i)]);
      }
    } finally {
      await front.stop();
    }
    expect(front.lines.join('\n')).not.toMatch(/quillfeather|447700900123/i);
  },
);

/**
 * Goal: what a client says to a front of their connection alone (RFC 9110, section 7.6.1) goes no further, and can take away nothing that the front says itself. Planted
 * once each: the headers that `Connection` names, passed on by either front.
 */
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, request, type Server } from 'node:http';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { closeServer, listenOnLoopback } from './child.ts';
import { origins } from './front-flags.ts';
import { startChild } from './started-child.ts';

const seen: IncomingHttpHeaders[] = [];
let origin: Server;
let originUrl: string;
beforeAll(async () => {
  origin = createServer(({ headers }, response) => {
    seen.push(headers);
    response.end('{}');
  });
  originUrl = await listenOnLoopback(origin, 0);
});
afterAll(() => closeServer(origin));

test.each(['world', 'china'])("%s's front keeps to itself what is said of a connection", async (region) => {
  seen.length = 0;
  const front = await startChild(
    new URL(`./${region}-front/main.ts`, import.meta.url),
    origins.flatMap((name) => [`--${name}-url`, originUrl]),
  );
  try {
    // `fetch` does not let anybody write these.
    const headers = {
      connection: 'close, X-Hop, x-forwarded-for, x-correlation-id, X-Forwarded-Host',
      'x-hop': 'of this connection',
      'keep-alive': 'timeout=5',
      te: 'trailers',
      'proxy-authorization': 'Basic YTpi',
      'x-kept': 'of the request',
    };
    const asking = request(`${front.urlOf(`${region}:front`)}/v1/products`, { headers }).end();
    const [response] = await once(asking, 'response');
    response.resume();
    expect(response.statusCode).toBe(200);
    expect(seen).toHaveLength(1);
    for (const name of ['x-hop', 'te', 'proxy-authorization']) expect(seen[0], name).not.toHaveProperty(name);
    expect(seen[0]?.['keep-alive']).not.toBe('timeout=5');
    expect(seen[0]).toMatchObject({
      'x-kept': 'of the request',
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-host': expect.any(String),
      'x-correlation-id': response.headers['x-correlation-id'],
    });
  } finally {
    await front.stop();
  }
});

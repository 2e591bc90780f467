import { createServer } from 'node:http';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { closeServer, listenOnLoopback } from './child.ts';
import { origins } from './front-flags.ts';
import { startChild } from './started-child.ts';

const fronts = [
  { name: 'world:front', main: new URL('./world-front/main.ts', import.meta.url) },
  { name: 'china:front', main: new URL('./china-front/main.ts', import.meta.url) },
];

/** What the last request said of its client. */
let forwardedFor: string | string[] | undefined;
const service = createServer((request, response) => {
  forwardedFor = request.headers['x-forwarded-for'];
  response.end('{}');
});
let originFlags: string[] = [];
beforeAll(async () => {
  const url = await listenOnLoopback(service, 0);
  originFlags = origins.flatMap((origin) => [`--${origin}-url`, url]);
});
afterAll(() => closeServer(service));

test.each(fronts)('the $name counts an IPv6 client by its /64, and every other by its address', async ({ name, main }) => {
  const header = 'x-test-client';
  const limited = await startChild(main, [...originFlags, '--rate-limit', '3', '--rate-period', '60', '--client-address-header', header]);
  const from = async (address: string): Promise<number> =>
    (await fetch(`${limited.urlOf(name)}/v1/products`, { headers: { [header]: address } })).status;
  // A window may end meanwhile; within seven requests at least one is one too many in any case.
  const statusesOf = async (addresses: readonly string[]): Promise<number[]> => {
    const statuses: number[] = [];
    for (const address of addresses) statuses.push(await from(address));
    return statuses;
  };
  const seven = (make: (n: number) => string): string[] => Array.from({ length: 7 }, (_, n) => make(n + 1));
  try {
    for (const network of [
      seven((n) => `2001:db8:1:2::${n}`),
      // The same, however it is spelt.
      [
        '2001:db8::1',
        '2001:DB8:0:0::2',
        '2001:0db8:0000:0000:a::3',
        '2001:db8:0:0:1:2:3:4',
        '2001:db8::5:6',
        '2001:db8::',
        '2001:db8:0::7',
      ],
      seven((n) => `1::${n}:0:0:0`),
      seven(() => '203.0.113.7'),
      seven(() => '::ffff:203.0.113.8'),
    ]) {
      const statuses = await statusesOf(network);
      expect(statuses.slice(0, 3), network[0]).toEqual([200, 200, 200]);
      expect(statuses, network[0]).toContain(429);
    }
    for (const clients of [
      seven((n) => `2001:db8:1:${n + 2}::1`),
      seven((n) => `2001:db8:${n + 2}:2::1`),
      seven((n) => `198.51.100.${n}`),
      seven((n) => `::ffff:198.51.101.${n}`),
    ])
      expect(await statusesOf(clients), clients[0]).toEqual(clients.map(() => 200));
    // The services get the address itself.
    expect(forwardedFor).toBe('::ffff:198.51.101.7');
  } finally {
    await limited.stop();
  }
});

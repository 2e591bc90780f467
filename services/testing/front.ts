import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

import { silentLog } from './region-database.ts';
import { openEveryApp, type EveryApp } from './every-app.ts';

/** What a request may meet: nothing, an answer that is lost after the work was done, or a service that is busy. */
export type Mishap = 'none' | 'answer-lost' | 'busy';

/** The region's services on a real database, behind one address, as a front puts them there. */
export interface TestFront {
  readonly url: string;
  readonly every: EveryApp;
  /** Answered requests, `POST /v1/orders/sales`. */
  readonly answered: string[];
  /** Chosen anew for each request. */
  mishap: (request: string) => Mishap;
  close(): Promise<void>;
}

const serviceOf = (path: string): string => {
  if (path.startsWith('/v1/auth')) return 'auth';
  if (/^\/v1\/(?:stock|receipts|movements)/.test(path)) return 'inventory';
  return path.startsWith('/v1/orders') ? 'order' : 'catalog';
};

export async function openFront(): Promise<TestFront> {
  const every = await openEveryApp(silentLog);
  const answered: string[] = [];
  const front: { mishap: (request: string) => Mishap } = { mishap: () => 'none' };
  const server = createServer((request, response) => {
    void (async () => {
      const path = request.url ?? '/';
      const name = `${request.method} ${path.replace(/\?.*/, '').replace(/[0-9a-f-]{36}/, ':id')}`;
      const payload = await text(request);
      const mishap = front.mishap(name);
      if (mishap === 'busy') return response.writeHead(503, { 'content-type': 'application/json' }).end('{"code":"unavailable"}');
      const answer = await every.services.get(serviceOf(path))!.app.inject({
        method: request.method as 'GET',
        url: path,
        headers: request.headers as Record<string, string>,
        ...(payload === '' ? {} : { payload }),
      });
      if (mishap === 'answer-lost') return response.destroy();
      answered.push(name);
      return response.writeHead(answer.statusCode, { 'content-type': 'application/json' }).end(answer.body);
    })();
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return Object.assign(front, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    every,
    answered,
    async close() {
      await new Promise<void>((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      });
      await every.close();
    },
  });
}

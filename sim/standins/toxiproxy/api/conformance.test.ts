import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasOriginal, startOriginal } from '../original-server.ts';
import { startToxiproxy } from '../server.ts';
import { exchanges } from './exchanges.ts';

interface Started {
  readonly url: string;
  close(): Promise<void>;
}

function describeApi(name: string, start: () => Promise<Started>): void {
  describe(name, () => {
    let server: Started;
    beforeAll(async () => {
      server = await start();
    });
    afterAll(async () => await server.close());

    it.for(exchanges.map((exchange, index) => ({ ...exchange, index })))('$index: $ask $body', async ({ ask, body, status, answer }) => {
      const apiPort = new URL(server.url).port;
      const [method = '', path = ''] = ask.split(' ');
      const sent = body === undefined ? {} : { body: body.replaceAll('API', apiPort) };
      const response = await fetch(`${server.url}${path}`, { method, ...sent, headers: { 'user-agent': 'curl/8' } });
      const text = (await response.text())
        .replaceAll(`127.0.0.1:${apiPort}`, '127.0.0.1:API')
        .replace(/127\.0\.0\.1:\d{4,5}/g, '127.0.0.1:PORT');
      expect({ status: response.status, answer: text }).toEqual({ status, answer });
    });

    it('refuses browsers on every route that exists', async () => {
      for (const path of ['/version', '/proxies', '/proxies/a/toxics']) {
        const response = await fetch(`${server.url}${path}`, { headers: { 'user-agent': 'Mozilla/5.0 (X11)' } });
        expect({ status: response.status, text: await response.text() }).toEqual({ status: 403, text: 'User agent not allowed\n' });
      }
    });

    it('labels answers and errors as the original does', async () => {
      const typeOf = async (path: string, init: RequestInit = {}) =>
        (await fetch(`${server.url}${path}`, init)).headers.get('content-type');
      expect(await typeOf('/version')).toBe('application/json;charset=utf-8');
      expect(await typeOf('/proxies')).toBe('application/json');
      expect(await typeOf('/proxies/a')).toBe('text/plain; charset=utf-8');
      expect(await typeOf('/populate', { method: 'POST', body: '[{}]' })).toBe('application/json');
      expect(await typeOf('/metrics')).toBe('text/plain; version=0.0.4; charset=utf-8; escaping=underscores');
      const response = await fetch(`${server.url}/version`);
      expect(response.headers.get('x-toxiproxy-request-id')).toMatch(/^[0-9a-v]{20}$/);
      expect(await response.text()).toMatch(/^\{"version": "[^"]+"\}\n$/);
    });
  });
}

describeApi('the stand-in', startToxiproxy);
describe.runIf(hasOriginal)('side by side', () => describeApi('the original', startOriginal));

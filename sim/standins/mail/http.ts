import { createServer, type Server, type ServerResponse } from 'node:http';

import { mailPage, pageHeaders } from './page.ts';
import type { MailStore } from './store.ts';

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 1_000;

/** The HTTP face of the sink: GET / for people, GET /messages, GET /messages/latest, DELETE /messages, GET /healthz. */
export function createMailApi(store: MailStore): Server {
  return createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://mail');
    const to = url.searchParams.get('to');
    const addressed = to === null ? {} : { to };
    const route = `${request.method ?? 'GET'} ${url.pathname}`;
    request.resume();
    if (route === 'GET /healthz') return answer(response, 200, { status: 'ok' });
    if (route === 'GET /') {
      response
        .writeHead(200, { ...pageHeaders, 'cache-control': 'no-store' })
        .end(mailPage(store.list({ ...addressed, limit: DEFAULT_LIMIT })));
      return undefined;
    }
    if (route === 'GET /messages') {
      const limit = readLimit(url.searchParams.get('limit'));
      if (limit === undefined) return problem(response, 400, `limit must be a whole number from 1 to ${MAX_LIMIT}`);
      return answer(response, 200, { messages: store.list({ ...addressed, limit }) });
    }
    if (route === 'GET /messages/latest') {
      const [latest] = store.list({ ...addressed, limit: 1 });
      return latest === undefined
        ? problem(response, 404, `No message${to === null ? '' : ` to ${to}`} yet`)
        : answer(response, 200, latest);
    }
    if (route === 'DELETE /messages') {
      store.clear().then(
        () => response.writeHead(204).end(),
        (error: unknown) => problem(response, 500, String(error)),
      );
      return undefined;
    }
    return problem(response, 404, `There is no ${route} here`);
  });
}

function readLimit(text: string | null): number | undefined {
  if (text === null) return DEFAULT_LIMIT;
  const limit = Number(text);
  return /^\d+$/.test(text) && limit >= 1 && limit <= MAX_LIMIT ? limit : undefined;
}

function answer(response: ServerResponse, status: number, body: unknown, type = 'application/json'): void {
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(JSON.stringify(body));
}

function problem(response: ServerResponse, status: number, detail: string): void {
  answer(response, status, { type: 'about:blank', status, detail }, 'application/problem+json');
}

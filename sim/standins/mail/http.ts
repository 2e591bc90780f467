import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

import { parseJson } from '../http-server/parse-json.ts';
import { readBody } from '../http-server/read-body.ts';
import type { HeldSettings } from '../sms/settings.ts';
import { mailPage, pageHeaders } from './page.ts';
import type { MailStore } from './store.ts';

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 1_000;
const BODY_LIMIT_BYTES = 64 * 1024;

/** The HTTP face of the sink: GET / for people, GET /messages, GET /messages/latest, DELETE /messages, GET and PUT /settings, GET /healthz. */
export function createMailApi(store: MailStore, settings: HeldSettings): Server {
  return createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://mail');
    // Who writes a number into an address forgets that a plus sign is a blank there; addresses have none.
    const to = url.searchParams.get('to')?.replace(/^ /, '+') ?? null;
    const addressed = to === null ? {} : { to };
    const route = `${request.method ?? 'GET'} ${url.pathname}`;
    if (route === 'PUT /settings') {
      replaceSettings(request, response, settings).catch((error: unknown) => problem(response, 500, String(error)));
      return undefined;
    }
    request.resume();
    if (route === 'GET /settings') return answer(response, 200, settings.current());
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

async function replaceSettings(request: IncomingMessage, response: ServerResponse, settings: HeldSettings): Promise<void> {
  const body = await readBody(request, BODY_LIMIT_BYTES);
  if (body.tooLong || !settings.replace(parseJson(body.bytes))) {
    return problem(response, 400, 'settings are {"dysmsLimits": true or false, "optedOut": [numbers in E.164]}');
  }
  return answer(response, 200, settings.current());
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

import { createServer, type IncomingMessage } from 'node:http';

export type SeenRequest = {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: unknown;
};

export type TestReply = { readonly status: number; readonly body?: unknown; readonly headers?: Readonly<Record<string, string>> };

export type TestApi = {
  readonly url: string;
  readonly seen: readonly SeenRequest[];
  readonly [Symbol.asyncDispose]: () => Promise<void>;
};

/** A real HTTP server for one test: answers with what `reply` gives and keeps what it was asked. */
export async function startTestApi(reply: (request: SeenRequest) => TestReply): Promise<TestApi> {
  const seen: SeenRequest[] = [];
  const server = createServer((incoming, outgoing) => {
    void read(incoming).then((request) => {
      seen.push(request);
      const { status, body, headers } = reply(request);
      const type = status >= 400 ? 'application/problem+json' : 'application/json';
      outgoing.writeHead(status, { 'content-type': type, ...headers });
      outgoing.end(body === undefined ? undefined : JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    seen,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function read(incoming: IncomingMessage): Promise<SeenRequest> {
  let text = '';
  for await (const chunk of incoming) text += String(chunk);
  const url = new URL(incoming.url ?? '/', 'http://127.0.0.1');
  const body: unknown = text === '' ? undefined : JSON.parse(text);
  return {
    method: incoming.method ?? '',
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    headers: incoming.headers,
    body,
  };
}

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

import { Type, type Static } from 'typebox';
import { Value } from 'typebox/value';

const Item = Type.Object({
  sku: Type.String(),
  price: Type.Object({ amountMinor: Type.Integer(), currency: Type.Literal('GBP') }),
  pricedAt: Type.String(),
  name: Type.Optional(Type.String()),
  categoryId: Type.Optional(Type.String()),
});
const Bulk = Type.Object({ items: Type.Array(Item, { minItems: 1 }) });
const Seed = Type.Object({ slug: Type.String(), name: Type.String() });

export interface StoredProduct {
  readonly name: string;
  readonly categoryId: string | undefined;
  /** Every price it has had, as `pricedAt amountMinor`. */
  readonly history: string[];
}

/** What a bulk request may meet instead of being applied and answered. */
export type Mishap = 'none' | 'busy' | 'limited' | 'reset' | 'answer-lost' | 'refused';

export interface TestRegion {
  readonly url: string;
  readonly products: Map<string, StoredProduct>;
  readonly categories: Map<string, string>;
  /** Chosen anew for each bulk request. */
  mishap: () => Mishap;
  /** What a right code is answered in place of tokens, or along with them. */
  signIn: object;
  /** Called when a bulk request has been applied. */
  onBulk: () => void;
  readonly signIns: () => number;
  /** Takes none of the tokens any more that it has given so far. */
  readonly signOutAll: () => void;
  close(): Promise<void>;
}

/** A region's public API and its mail sink, as far as an importer meets them, in memory: where real services cannot be made to fail at will. */
export async function startTestRegion(): Promise<TestRegion> {
  const products = new Map<string, StoredProduct>();
  const categories = new Map<string, string>();
  const mails: { id: string; text: string }[] = [];
  let signIns = 0;
  const taken = new Set<string>();
  let version = 0;
  const stamp = (): unknown => ({ version: String((version += 1)), origin: 'world#1', vector: {} });
  const region = {
    products,
    categories,
    mishap: (): Mishap => 'none',
    signIn: {},
    onBulk: (): void => undefined,
    signIns: () => signIns,
    signOutAll: () => taken.clear(),
  };

  const apply = (item: Static<typeof Item>): string => {
    const known = products.get(item.sku);
    const entry = `${item.pricedAt} ${item.price.amountMinor}`;
    if (known === undefined) {
      if (item.name === undefined) return 'rejected';
      products.set(item.sku, { name: item.name, categoryId: item.categoryId, history: [entry] });
      return 'created';
    }
    if (item.pricedAt <= (known.history.at(-1)?.split(' ')[0] ?? '')) return 'unchanged';
    known.history.push(entry);
    return 'updated';
  };
  const bulk = (request: IncomingMessage, response: ServerResponse, body: unknown): void => {
    const mishap = region.mishap();
    if (mishap === 'reset') return void request.socket.destroy();
    if (mishap === 'busy') return send(response, 503, { code: 'unavailable', title: 'Not available now' });
    if (mishap === 'limited') return send(response, 429, { code: 'too_many_requests' }, { 'retry-after': '0' });
    if (mishap === 'refused') return send(response, 403, { code: 'forbidden', title: 'Your role may not do this' });
    if (!taken.has(request.headers.authorization ?? '')) return send(response, 401, { code: 'unauthenticated' });
    const results = Value.Parse(Bulk, body).items.map((item) => {
      const status = apply(item);
      if (status === 'rejected') return { status, id: null, code: 'invalid_request', detail: 'A new product needs a name.' };
      return { status, id: `id-${item.sku}`, stamp: stamp() };
    });
    region.onBulk();
    if (mishap === 'answer-lost') return void request.socket.destroy();
    return send(response, 200, { results });
  };
  const answer = (request: IncomingMessage, response: ServerResponse, body: unknown): void => {
    const path = `${request.method} ${new URL(request.url ?? '/', 'http://region').pathname}`;
    if (path === 'POST /v1/products/bulk') return bulk(request, response, body);
    if (path === 'GET /messages') return send(response, 200, { messages: mails });
    if (path === 'GET /v1/categories') {
      const items = [...categories].map(([slug]) => ({ id: `id-${slug}`, slug }));
      return send(response, 200, { items, pageInfo: { nextCursor: null } });
    }
    if (path === 'POST /v1/categories') {
      const { slug, name } = Value.Parse(Seed, body);
      if (categories.has(slug)) return send(response, 409, { code: 'already_exists' });
      categories.set(slug, name);
      return send(response, 201, { id: `id-${slug}`, stamp: stamp() });
    }
    if (path === 'POST /v1/auth/codes') {
      mails.unshift({ id: String(mails.length), text: `Your code is\n\n${String(mails.length).padStart(8, '0')}\n` });
      return send(response, 202, { challengeId: 'challenge' });
    }
    if (path === 'POST /v1/auth/tokens') {
      signIns += 1;
      taken.add(`Bearer token-${signIns}`);
      return send(
        response,
        200,
        'secondFactor' in region.signIn ? region.signIn : { accessToken: `token-${signIns}`, account: { role: 'admin' }, ...region.signIn },
      );
    }
    return send(response, 404, { code: 'not_found' });
  };

  const server = createServer((request, response) => {
    void text(request).then((body) => answer(request, response, body === '' ? undefined : JSON.parse(body)));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return Object.assign(region, {
    url: `http://127.0.0.1:${portOf(server.address())}`,
    close: () =>
      new Promise<void>((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  });
}

function send(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new Error('not bound to a TCP port');
  return address.port;
}

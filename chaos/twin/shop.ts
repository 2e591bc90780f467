import { setTimeout as wait } from 'node:timers/promises';

import { Type, type Static } from 'typebox';
import { Compile } from 'typebox/compile';

import type { AcknowledgedWrite } from '../checkers/ledger.ts';
import type { Status, Twin } from './twin.ts';

const Stamp = Type.Object({ version: Type.String(), origin: Type.String(), vector: Type.Record(Type.String(), Type.String()) });
const Product = Type.Object({ id: Type.String(), sku: Type.String(), stamp: Stamp });
export type Product = Static<typeof Product>;
const checkProduct = Compile(Product);
const Page = Type.Object({ items: Type.Array(Product), pageInfo: Type.Object({ nextCursor: Type.Union([Type.String(), Type.Null()]) }) });
const checkPage = Compile(Page);
const checkChallenge = Compile(Type.Object({ challengeId: Type.String() }));
const checkTokens = Compile(Type.Object({ accessToken: Type.String() }));
const Mail = Type.Object({ id: Type.String(), text: Type.String() });
const checkMail = Compile(Mail);
const checkBulk = Compile(
  Type.Object({
    results: Type.Array(Type.Object({ status: Type.String(), id: Type.Optional(Type.String()), stamp: Type.Optional(Stamp) })),
  }),
);

export interface PriceItem {
  readonly sku: string;
  readonly name: string;
  readonly amountMinor: number;
  readonly pricedAt: string;
}

/** A member of staff at one region's front, with a ledger of every write that was acknowledged. */
export interface Shop {
  readonly ledger: AcknowledgedWrite[];
  products(): Promise<Product[]>;
  bulk(items: readonly PriceItem[]): Promise<void>;
  /** Answers the product as it is now: unchanged where somebody was faster. */
  setPrice(product: Product, amountMinor: number): Promise<Product>;
  /** Removes a product; answers false where somebody was faster. */
  remove(product: Product): Promise<boolean>;
}

const ENTITY = 'catalog.product';

/** Signs `address` in at a front with a mailed code. One sign-in of an address at a time: the newest mail is taken to be its own. */
export async function signIn(frontUrl: string, mailUrl: string, address: string): Promise<string> {
  const post = async (path: string, body: object): Promise<unknown> => {
    const response = await fetch(`${frontUrl}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
    return response.json();
  };
  const latestMail = async (): Promise<Static<typeof Mail> | undefined> => {
    const response = await fetch(`${mailUrl}/messages/latest?to=${encodeURIComponent(address)}`);
    return response.ok ? checkMail.Parse(await response.json()) : undefined;
  };
  const before = (await latestMail())?.id;
  const asked = Date.now();
  const { challengeId } = checkChallenge.Parse(await post('/v1/auth/codes', { email: address }));
  for (;;) {
    const mail = await latestMail();
    const code = mail === undefined || mail.id === before ? undefined : /^\d{8}$/m.exec(mail.text)?.[0];
    if (code !== undefined) return checkTokens.Parse(await post('/v1/auth/tokens', { challengeId, code })).accessToken;
    if (Date.now() - asked > 10_000) throw new Error(`no code was mailed to ${address} within 10 s`);
    await wait(50);
  }
}

/** Signs a member of staff in at the front of a region of a twin that is up, and opens the shop there. */
export async function openShopIn(twin: Twin, region: keyof Status['regions'], { regions, components }: Status): Promise<Shop> {
  const { gatewayUrl } = regions[region];
  const mailUrl = components['mail']?.url;
  if (mailUrl === undefined) throw new Error('the twin has no mail sink to sign in with');
  return openShop(gatewayUrl, await signIn(gatewayUrl, mailUrl, twin.staffAddress));
}

/** Opens a shop at `frontUrl` with a staff token. */
export function openShop(frontUrl: string, accessToken: string): Shop {
  const ledger: AcknowledgedWrite[] = [];
  const acknowledge = (key: string, stamp: Static<typeof Stamp>): void => {
    ledger.push({ entity: ENTITY, key, ...stamp });
  };
  const call = (method: string, path: string, body?: object, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(`${frontUrl}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${accessToken}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  const etagOf = (product: Product): string => `"${product.stamp.version}-${product.stamp.origin}"`;
  const refuse = async (what: string, response: Response): Promise<never> => {
    throw new Error(`${what} answered ${response.status}: ${await response.text()}`);
  };
  return {
    ledger,
    async products() {
      const all: Product[] = [];
      for (let cursor: string | null = ''; cursor !== null;) {
        const response = await call('GET', `/v1/products?limit=200${cursor === '' ? '' : `&cursor=${cursor}`}`);
        if (!response.ok) await refuse('listing products', response);
        const page: Static<typeof Page> = checkPage.Parse(await response.json());
        all.push(...page.items);
        cursor = page.pageInfo.nextCursor;
      }
      return all;
    },
    async bulk(items) {
      const body = { items: items.map(({ amountMinor, ...item }) => ({ ...item, price: { amountMinor, currency: 'GBP' } })) };
      const response = await call('POST', '/v1/products/bulk', body);
      if (!response.ok) await refuse('bulk', response);
      for (const { status, id, stamp } of checkBulk.Parse(await response.json()).results) {
        if (status === 'rejected') throw new Error('a bulk item was rejected');
        if (status !== 'unchanged' && id !== undefined && stamp !== undefined) acknowledge(id, stamp);
      }
    },
    async setPrice(product, amountMinor) {
      const response = await call(
        'PATCH',
        `/v1/products/${product.id}`,
        { price: { amountMinor, currency: 'GBP' } },
        { 'if-match': etagOf(product) },
      );
      if (response.status === 412) return product;
      if (!response.ok) await refuse('a price change', response);
      const changed = checkProduct.Parse(await response.json());
      if (changed.stamp.version !== product.stamp.version) acknowledge(changed.id, changed.stamp);
      return changed;
    },
    async remove(product) {
      const response = await call('DELETE', `/v1/products/${product.id}`, undefined, { 'if-match': etagOf(product) });
      if (response.status === 412 || response.status === 404) return false;
      if (response.status !== 204) await refuse('a removal', response);
      const version = response.headers.get('x-stamp-version') ?? '';
      const origin = response.headers.get('x-stamp-origin') ?? '';
      // If-Match held: the removal had seen exactly what we had seen.
      const { [origin]: _own, ...others } = { ...product.stamp.vector, [product.stamp.origin]: product.stamp.version };
      acknowledge(product.id, { version, origin, vector: others });
      return true;
    },
  };
}

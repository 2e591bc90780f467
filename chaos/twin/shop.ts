import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';

import { Type } from 'typebox';
import { Compile } from 'typebox/compile';

import { ApiProblem, createRegionClient } from '#client/index.ts';
import type { Product } from '#contracts/catalog.ts';
import { etagOf, type Stamp } from '#contracts/stamp.ts';

import type { AcknowledgedWrite } from '../checkers/ledger.ts';
import type { Status, Twin } from './twin.ts';

const checkMail = Compile(Type.Object({ id: Type.String(), text: Type.String() }));

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
  const { auth } = createRegionClient({ baseUrl: frontUrl, attempts: 1 });
  const latestMail = async (): Promise<{ id: string; text: string } | undefined> => {
    const response = await fetch(`${mailUrl}/messages/latest?to=${encodeURIComponent(address)}`);
    return response.ok ? checkMail.Parse(await response.json()) : undefined;
  };
  const before = (await latestMail())?.id;
  const asked = Date.now();
  const { challengeId } = (await auth.requestCode({ body: { email: address }, idempotencyKey: randomUUID() })).body;
  for (;;) {
    const mail = await latestMail();
    const code = mail === undefined || mail.id === before ? undefined : /^\d{8}$/m.exec(mail.text)?.[0];
    if (code !== undefined) {
      const { body } = await auth.exchangeCode({ body: { challengeId, code } });
      if ('accessToken' in body && body.enrol !== true) return body.accessToken;
      throw new Error(
        `${frontUrl} wants a second factor of ${address}, which the checks have none of: npm run sim:up without --second-factor`,
      );
    }
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
  const acknowledge = (key: string, stamp: Stamp): void => {
    ledger.push({ entity: ENTITY, key, ...stamp });
  };
  // Each write is sent once: whether one that went unanswered was made is what the checks are to find out.
  const { catalog } = createRegionClient({ baseUrl: frontUrl, token: () => accessToken, attempts: 1 });
  const isOneOf = (error: unknown, ...codes: string[]): boolean => error instanceof ApiProblem && codes.includes(error.code);
  return {
    ledger,
    async products() {
      const all: Product[] = [];
      for (let cursor: string | null | undefined; cursor !== null;) {
        const page = (await catalog.listProducts({ query: { limit: 200, ...(cursor === undefined ? {} : { cursor }) } })).body;
        all.push(...page.items);
        cursor = page.pageInfo.nextCursor;
      }
      return all;
    },
    async bulk(items) {
      const body = { items: items.map(({ amountMinor, ...item }) => ({ ...item, price: { amountMinor, currency: 'GBP' } })) };
      for (const { status, id, stamp } of (await catalog.applyBulk({ body })).body.results) {
        if (status === 'rejected') throw new Error('a bulk item was rejected');
        if (status !== 'unchanged' && id !== null && stamp !== undefined) acknowledge(id, stamp);
      }
    },
    async setPrice(product, amountMinor) {
      const body = { price: { amountMinor, currency: 'GBP' } };
      try {
        const changed = (await catalog.changeProduct({ params: { id: product.id }, ifMatch: etagOf(product.stamp), body })).body;
        if (changed.stamp.version !== product.stamp.version) acknowledge(changed.id, changed.stamp);
        return changed;
      } catch (error) {
        if (isOneOf(error, 'stale')) return product;
        throw error;
      }
    },
    async remove(product) {
      try {
        const { headers } = await catalog.deleteProduct({ params: { id: product.id }, ifMatch: etagOf(product.stamp) });
        const version = headers.get('x-stamp-version') ?? '';
        const origin = headers.get('x-stamp-origin') ?? '';
        // If-Match held: the removal had seen exactly what we had seen.
        const { [origin]: _own, ...others } = { ...product.stamp.vector, [product.stamp.origin]: product.stamp.version };
        acknowledge(product.id, { version, origin, vector: others });
        return true;
      } catch (error) {
        // What is in stock cannot go: on a twin that has been a shop.
        if (isOneOf(error, 'stale', 'not_found', 'in_use')) return false;
        throw error;
      }
    },
  };
}

import { Type, type Static, type TSchema } from 'typebox';

import { ApiError, type Api, type Request } from '../../region-api/api.ts';
import type { Signals } from '../../region-api/retry.ts';
import type { Session } from '../../region-api/session.ts';
import { signedIn } from '../../region-api/signed-in.ts';

const Settings = Type.Object({ onlineStoreId: Type.Union([Type.String(), Type.Null()]) });
const Created = Type.Object({ id: Type.String() });
const Stores = Type.Object({ items: Type.Array(Created) });
const Opened = Type.Object({ accounts: Type.Array(Type.Object({ id: Type.String(), email: Type.String(), isNew: Type.Boolean() })) });
const Recorded = Type.Object({
  sales: Type.Array(Type.Object({ isNew: Type.Boolean() })),
});
const Movements = Type.Object({ items: Type.Array(Type.Unknown()) });
const Products = Type.Object({
  items: Type.Array(Type.Object({ id: Type.String() })),
  pageInfo: Type.Object({ nextCursor: Type.Union([Type.String(), Type.Null()]) }),
});
const Returned = Type.Object({ returns: Type.Array(Type.Object({ isNew: Type.Boolean() })) });

/** An order as the sales request takes it. */
export interface SaleBody {
  readonly reference: string;
  readonly soldAt: string;
  readonly accountId?: string;
  readonly shipTo: object;
  readonly lines: readonly { readonly productId: string; readonly quantity: number; readonly unitMinor: number }[];
}

/** What came back of a sale, as the returns request takes it. */
export interface ReturnBody {
  readonly reference: string;
  readonly sale: string;
  readonly returnedAt: string;
  readonly lines: readonly { readonly productId: string; readonly quantity: number; readonly resellable: boolean }[];
}

/** A region's shop through its public API, as staff. Each call can be repeated without harm. All throw `ApiError`. */
export interface Shop {
  /** The region's online store, made where there is none. */
  ensureStore(signals: Signals): Promise<string>;
  /** Opens accounts for those who have none; answers the id of each, in order. */
  openAccounts(emails: readonly string[], signals: Signals): Promise<string[]>;
  /** Whether all of these products are on sale here. */
  hasProducts(ids: ReadonlySet<string>, signals: Signals): Promise<boolean>;
  /** Takes goods in under a reference; what came in under it before does not come in again. */
  receive(
    receipt: { readonly storeId: string; readonly reference: string; readonly lines: readonly { productId: string; quantity: number }[] },
    signals: Signals,
  ): Promise<void>;
  recordSales(channel: string, sales: readonly SaleBody[], signals: Signals): Promise<readonly { readonly isNew: boolean }[]>;
  recordReturns(returns: readonly ReturnBody[], signals: Signals): Promise<readonly { readonly isNew: boolean }[]>;
  /** How many requests were answered. */
  readonly requests: number;
}

const STORE = { code: 'ONLINE', name: 'Online store' } as const;
/** Where a region's online store is. */
const placeOf = (region: string) => (region === 'china' ? { city: 'Shanghai', country: 'CN' } : { city: 'London', country: 'GB' });

export function openShop(api: Api, session: Session, region: string): Shop {
  let requests = 0;
  const send = async <Body extends TSchema>(request: Omit<Request<Body>, 'token'>, signals: Signals): Promise<Static<Body>> => {
    const answer = await signedIn(session, (token) => api.send({ ...request, token }, signals), signals);
    requests += 1;
    if (answer === undefined) throw new ApiError(`${request.method} ${request.path} was not answered`);
    return answer;
  };
  return {
    get requests() {
      return requests;
    },
    async ensureStore(signals) {
      const settings = { path: '/v1/stock/settings', answer: Settings } as const;
      const { onlineStoreId } = await send({ method: 'GET', ...settings }, signals);
      if (onlineStoreId !== null) return onlineStoreId;
      // Stores are public catalogue and cross the border: each region's has a code of its own.
      const body = { ...STORE, ...placeOf(region), code: `${STORE.code}-${region.toUpperCase()}` };
      const request = { method: 'POST', path: '/v1/stores', body, answer: Created, accept: [409] } as const;
      const made = await signedIn(session, (token) => api.send({ ...request, token }, signals), signals);
      // Made already, by a request whose answer was lost or by another import.
      const path = `/v1/stores?code=${body.code}`;
      const known = made ?? (await send({ method: 'GET', path, answer: Stores }, signals)).items[0];
      if (known === undefined) throw new ApiError(`The store ${body.code} of ${region} was refused, and is not there`, 409);
      await send({ method: 'PUT', ...settings, body: { onlineStoreId: known.id } }, signals);
      return known.id;
    },
    async openAccounts(emails, signals) {
      const { accounts } = await send({ method: 'POST', path: '/v1/auth/accounts', body: { emails }, answer: Opened }, signals);
      if (accounts.length !== emails.length) throw new ApiError('A request for accounts was not answered one by one');
      return accounts.map(({ id }) => id);
    },
    async hasProducts(ids, signals) {
      const missing = new Set(ids);
      for (let cursor: string | null = ''; cursor !== null && missing.size > 0;) {
        const path: string = `/v1/products?limit=200${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`;
        const page: Static<typeof Products> = await send({ method: 'GET', path, answer: Products }, signals);
        for (const { id } of page.items) missing.delete(id);
        cursor = page.pageInfo.nextCursor;
      }
      return missing.size === 0;
    },
    async receive(receipt, signals) {
      // An idempotency key is kept for a day; the ledger is for good.
      const path = `/v1/movements?limit=1&kind=received&reference=${encodeURIComponent(receipt.reference)}`;
      if ((await send({ method: 'GET', path, answer: Movements }, signals)).items.length > 0) return;
      const request = { method: 'POST', path: '/v1/receipts', body: receipt, answer: Type.Unknown() } as const;
      await send({ ...request, idempotencyKey: receipt.reference }, signals);
    },
    async recordSales(channel, sales, signals) {
      const body = { channel, currency: 'GBP', sales };
      const answer = await send({ method: 'POST', path: '/v1/orders/sales', body, answer: Recorded }, signals);
      if (answer.sales.length !== sales.length) throw new ApiError('A request of sales was not answered one by one');
      return answer.sales;
    },
    async recordReturns(returns, signals) {
      const answer = await send({ method: 'POST', path: '/v1/orders/sales/returns', body: { returns }, answer: Returned }, signals);
      if (answer.returns.length !== returns.length) throw new ApiError('A request of returns was not answered one by one');
      return answer.returns;
    },
  };
}

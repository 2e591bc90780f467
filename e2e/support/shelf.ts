import { type APIRequestContext, expect } from '@playwright/test';
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import type { Region, Target } from '../target.ts';

const Product = Type.Object({ id: Type.String(), sku: Type.String(), name: Type.String() });
export type Product = Static<typeof Product>;

/** Products that a test makes for itself through the public API, in the name of who signed in. */
export type Shelf = {
  /** Makes a product that no other has the SKU of. */
  readonly put: (region: Region, token: string, name: string, amountMinor: number) => Promise<Product>;
  /** Changes a product behind the back of who has it open. */
  readonly rename: (region: Region, token: string, id: string, name: string) => Promise<void>;
  /** Deletes what was put, where it still is and there is no stock of it: what was sold in a test stays. */
  readonly clear: () => Promise<void>;
};

export function createShelf(request: APIRequestContext, target: Target): Shelf {
  const made: { readonly region: Region; readonly token: string; readonly id: string }[] = [];
  const urlOf = (region: Region, id: string): string => `${target.apiUrls[region]}/v1/products/${id}`;
  const current = async (region: Region, id: string): Promise<string | undefined> => {
    const response = await request.get(urlOf(region, id));
    return response.status() === 404 ? undefined : response.headers()['etag'];
  };

  return {
    put: async (region, token, name, amountMinor) => {
      const sku = `E2E-${Date.now().toString(36).toUpperCase()}-${made.length}`;
      const response = await request.post(`${target.apiUrls[region]}/v1/products`, {
        headers: bearer(token),
        data: { sku, name, price: { amountMinor, currency: 'GBP' } },
      });
      expect(response.status(), await response.text()).toBe(201);
      const body: unknown = await response.json();
      const product = Value.Parse(Product, body);
      made.push({ region, token, id: product.id });
      return product;
    },
    rename: async (region, token, id, name) => {
      const etag = await current(region, id);
      const headers = { ...bearer(token), 'if-match': etag ?? '' };
      const response = await request.patch(urlOf(region, id), { headers, data: { name } });
      expect(response.status(), await response.text()).toBe(200);
    },
    clear: async () => {
      for (const { region, token, id } of made) {
        const etag = await current(region, id);
        if (etag !== undefined) await request.delete(urlOf(region, id), { headers: { ...bearer(token), 'if-match': etag } });
      }
    },
  };
}

function bearer(token: string): Record<string, string> {
  return { authorization: `Bearer ${token}` };
}

import { createHash } from 'node:crypto';

/** Namespaces of our own for UUIDv5 (RFC 9562, section 5.5): one an entity, so that equal natural keys of two entities differ. */
export const idNamespaces = {
  category: '8b0c6a52-4a0e-5c52-9d5e-6f4f0c2f6a01',
  product: '8b0c6a52-4a0e-5c52-9d5e-6f4f0c2f6a02',
  store: '8b0c6a52-4a0e-5c52-9d5e-6f4f0c2f6a03',
  publication: '8b0c6a52-4a0e-5c52-9d5e-6f4f0c2f6a04',
  translation: '8b0c6a52-4a0e-5c52-9d5e-6f4f0c2f6a05',
  price: '8b0c6a52-4a0e-5c52-9d5e-6f4f0c2f6a06',
  variant: '8b0c6a52-4a0e-5c52-9d5e-6f4f0c2f6a07',
  medium: '8b0c6a52-4a0e-5c52-9d5e-6f4f0c2f6a08',
} as const;

/**
 * UUIDv5 of `name` in `namespace` (RFC 9562): the same natural key gives the same id in both regions, so that one thing created
 * on both sides of a cut border is one row after it heals.
 */
export function uuidv5(namespace: string, name: string): string {
  const space = Buffer.from(namespace.replaceAll('-', ''), 'hex');
  const hash = createHash('sha1').update(space).update(name, 'utf8').digest().subarray(0, 16);
  hash.writeUInt8((hash.readUInt8(6) & 0x0f) | 0x50, 6);
  hash.writeUInt8((hash.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = hash.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

export const productIdOf = (sku: string): string => uuidv5(idNamespaces.product, sku);
export const categoryIdOf = (slug: string): string => uuidv5(idNamespaces.category, slug);
export const storeIdOf = (code: string): string => uuidv5(idNamespaces.store, code);
/** Of what belongs to a product: its id and what tells it from others of its kind, which therefore never change. */
export const publicationIdOf = (productId: string): string => uuidv5(idNamespaces.publication, productId);
export const translationIdOf = (productId: string, language: string): string =>
  uuidv5(idNamespaces.translation, `${productId}/${language}`);
/** `validFrom` as the database tells it, with six digits. */
export const priceIdOf = (productId: string, region: string, currency: string, validFrom: string): string =>
  uuidv5(idNamespaces.price, `${productId}/${region}/${currency}/${validFrom}`);
/** `productId` is that of the variant. */
export const variantIdOf = (productId: string): string => uuidv5(idNamespaces.variant, productId);
export const mediumIdOf = (productId: string, url: string): string => uuidv5(idNamespaces.medium, `${productId}/${url}`);

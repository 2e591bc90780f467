import type { ProductState } from '#contracts/catalog.ts';

/**
 * What may become of a product. What was public once is archived, and never a draft again; what is archived may come back.
 *
 *     draft ---> published <---> archived
 *        \_________________________^
 */
export const moves = {
  publish: { to: 'published', from: ['draft', 'archived'] },
  archive: { to: 'archived', from: ['draft', 'published'] },
} as const satisfies Readonly<Record<string, { readonly to: ProductState; readonly from: readonly ProductState[] }>>;

export type Move = keyof typeof moves;

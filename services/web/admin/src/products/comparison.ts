import type { Product } from '../api/records.ts';

/** What one region answers about a product. */
export type Sighting =
  | { readonly kind: 'asking' }
  | { readonly kind: 'found'; readonly product: Product }
  | { readonly kind: 'missing' }
  | { readonly kind: 'unreachable' };

export type Verdict = 'asking' | 'inSync' | 'onItsWay' | 'notReachable';

/** Whether both regions have the same version of a product. Equal stamps mean equal content: a stamp is given to one write only. */
export function compare(world: Sighting, china: Sighting): Verdict {
  if (world.kind === 'unreachable' || china.kind === 'unreachable') return 'notReachable';
  if (world.kind === 'asking' || china.kind === 'asking') return 'asking';
  if (world.kind === 'missing' || china.kind === 'missing') return world.kind === china.kind ? 'inSync' : 'onItsWay';
  const [here, there] = [world.product.stamp, china.product.stamp];
  return here.version === there.version && here.origin === there.origin ? 'inSync' : 'onItsWay';
}

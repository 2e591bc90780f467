import type { Attributes, EffectContext, Effect, ToxicKind } from './toxics/toxic.ts';
import { passThrough } from './toxics/toxic.ts';

export type Direction = 'upstream' | 'downstream';

/** A toxic as the API created it, on one direction of a proxy; the API's updates change it in place. */
export interface ToxicEntry {
  readonly kind: ToxicKind;
  readonly name: string;
  /** As the client spelled it. */
  readonly stream: string;
  readonly direction: Direction;
  toxicity: number;
  attributes: Attributes;
}

/** Draws, for one connection, whether the toxic acts on it, and gives the effect that follows. */
export function drawEffect(toxic: ToxicEntry, context: EffectContext): Effect {
  return context.random() < toxic.toxicity ? toxic.kind.effect(toxic.attributes, context) : passThrough;
}

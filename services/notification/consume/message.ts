import { Compile } from 'typebox/compile';

import { EventMessage } from '#contracts/events.ts';
import { MessageEnvelope, SweepMessage } from '#contracts/messages.ts';
import { Uuid } from '#contracts/values.ts';

/** What a message of the event queue turned out to be. */
export type Content =
  | { readonly kind: 'sweep' }
  | { readonly kind: 'event'; readonly event: EventMessage }
  | { readonly kind: 'refused'; readonly reason: RefusalReason; readonly type: string | null };

type RefusalReason = 'not_json' | 'malformed' | 'unknown_type';

const sweeps = Compile(SweepMessage);
const events = Compile(EventMessage);
const envelopes = Compile(MessageEnvelope);
const ids = Compile(Uuid);
const TYPE_CHARACTERS = 200;

/** The first 200 characters of what calls itself the message's type. Of nothing else in it anything is kept. */
function typeOf(value: unknown): string | null {
  if (typeof value !== 'object' || value === null || !('type' in value) || typeof value.type !== 'string') return null;
  return [...value.type.toWellFormed().replace(/\p{Cc}/gu, ' ')].slice(0, TYPE_CHARACTERS).join('');
}

/** Reads a message. Ids that are no UUIDs are malformed: all that emit events have such, and other text might not even be one that can be stored. Pure. */
export function readMessage(body: string): Content {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return { kind: 'refused', reason: 'not_json', type: null };
  }
  if (sweeps.Check(value)) return { kind: 'sweep' };
  if (events.Check(value) && ids.Check(value.id) && ids.Check(value.subject)) return { kind: 'event', event: value };
  const isKnown = !envelopes.Check(value) || EventMessage.properties.type.anyOf.some((type) => type.const === value.type);
  return { kind: 'refused', reason: isKnown ? 'malformed' : 'unknown_type', type: typeOf(value) };
}

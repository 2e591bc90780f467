import { type Static, type TSchema } from 'typebox';
import { Value } from 'typebox/value';

import { systemClock, type Clock } from '../clock.ts';
import { messageOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { SecretStore } from './store.ts';

const TTL_MS = 60_000;
/** While the store does not answer, an old value serves this long; after that reading fails. */
const MAX_STALE_MS = 60 * 60_000;
/** After a failed refresh the stale value serves this long before the store is asked again. */
const RETRY_MS = 5_000;

export interface Secrets {
  /** The secret `name`, parsed as JSON and checked by `schema`; at most a minute old while the store answers. Rejects without quoting the value. */
  json<Schema extends TSchema>(name: string, schema: Schema): Promise<Static<Schema>>;
  /** Makes the next read ask the store (a credential was refused: it may have been rotated). */
  invalidate(name: string): void;
  close(): void;
}

interface Entry {
  readonly value: unknown;
  readonly readAt: number;
  freshUntil: number;
}

/** Short-term cache over `store`: concurrent readers share one call, and the last value serves, within a bound, when the store fails. */
export function cacheSecrets(store: SecretStore, options: { clock?: Clock; log?: Logger } = {}): Secrets {
  const clock = options.clock ?? systemClock;
  const entries = new Map<string, Entry>();
  const underWay = new Map<string, Promise<Entry>>();

  const refresh = async (name: string): Promise<Entry> => {
    const text = await store.get(name);
    const now = clock.now();
    const entry = { value: parse(name, text), readAt: now, freshUntil: now + TTL_MS };
    entries.set(name, entry);
    return entry;
  };

  const refreshOnce = (name: string): Promise<Entry> => {
    const running = underWay.get(name);
    if (running !== undefined) return running;
    const started = refresh(name).finally(() => underWay.delete(name));
    underWay.set(name, started);
    return started;
  };

  const read = async (name: string): Promise<Entry> => {
    const known = entries.get(name);
    if (known !== undefined && clock.now() < known.freshUntil) return known;
    try {
      return await refreshOnce(name);
    } catch (error) {
      const ageMs = known === undefined ? Number.POSITIVE_INFINITY : clock.now() - known.readAt;
      if (known === undefined || ageMs > MAX_STALE_MS) {
        throw new Error(`secret ${name} cannot be read: ${messageOf(error)}`, { cause: error });
      }
      options.log?.warn({ secret: name, ageMs, reason: messageOf(error) }, 'secret store failed; an older value serves');
      known.freshUntil = clock.now() + RETRY_MS;
      return known;
    }
  };

  return {
    async json(name, schema) {
      const { value } = await read(name);
      if (!Value.Check(schema, value)) throw new Error(`secret ${name} does not have the expected shape`);
      return value;
    },
    invalidate(name) {
      const known = entries.get(name);
      if (known !== undefined) known.freshUntil = 0;
    },
    close: () => store.close(),
  };
}

function parse(name: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's message quotes the text, which must not reach a log.
    throw new Error(`secret ${name} is not JSON`);
  }
}

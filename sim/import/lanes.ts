/** Several queues side by side, each sent strictly in order. */
export interface Lanes<Item> {
  /** Puts an item into the lane of `key`. Where that lane is full it gives a promise to wait for. Throws what stopped the lanes. */
  push(key: string, item: Item): Promise<void> | undefined;
  /** Sends what is left and resolves when every answer is in; rejects with what stopped the lanes. */
  finish(): Promise<void>;
}

export interface LaneOptions<Item> {
  readonly count: number;
  readonly batchSize: number;
  /** Does not wait for a batch to fill: what is there is sent as soon as the lane is free. */
  readonly eager?: boolean;
  /** Sends one batch. No second one of the same lane begins before it has resolved. Its rejection stops all lanes. */
  readonly send: (batch: readonly Item[], lane: number) => Promise<void>;
  /** Aborted: what is under way is finished, the rest is dropped, and `finish` resolves. */
  readonly signal: AbortSignal;
}

interface Lane<Item> {
  readonly items: Item[];
  /** Called when the lane has got items, room, or an end. */
  wake: () => void;
  changed: Promise<void>;
}

/**
 * Opens `count` lanes. All items of one key go the same way, so they arrive in the order in which they came, while different keys
 * overtake each other. A lane holds two batches at most beside the one on its way: a reader that awaits `push` cannot run ahead.
 */
export function openLanes<Item>({ count, batchSize, eager = false, send, signal }: LaneOptions<Item>): Lanes<Item> {
  const lanes = Array.from({ length: count }, () => renew<Item>({ items: [], wake: () => undefined, changed: Promise.resolve() }));
  let finishing = false;
  let failure: { readonly cause: unknown } | undefined;
  const wakeAll = (): void => lanes.forEach(wake);
  const halted = (): boolean => failure !== undefined || signal.aborted;
  signal.addEventListener('abort', wakeAll, { once: true });

  const run = async (lane: Lane<Item>, index: number): Promise<void> => {
    while (!halted()) {
      if (lane.items.length >= batchSize || ((finishing || eager) && lane.items.length > 0)) {
        const batch = lane.items.splice(0, batchSize);
        wake(lane);
        await send(batch, index);
      } else if (finishing) {
        return;
      } else {
        await lane.changed;
      }
    }
  };
  const running = lanes.map((lane, index) =>
    run(lane, index).catch((cause: unknown) => {
      failure ??= { cause };
      wakeAll();
    }),
  );
  const waitForRoom = async (lane: Lane<Item>): Promise<void> => {
    while (lane.items.length >= 2 * batchSize && !halted()) await lane.changed;
    if (failure !== undefined) throw failure.cause;
  };

  return {
    push(key, item) {
      if (failure !== undefined) throw failure.cause;
      const lane = lanes[laneOf(key, count)];
      if (lane === undefined || signal.aborted) return undefined;
      lane.items.push(item);
      if (eager || lane.items.length === batchSize) wake(lane);
      return lane.items.length >= 2 * batchSize ? waitForRoom(lane) : undefined;
    },
    async finish() {
      finishing = true;
      wakeAll();
      await Promise.all(running);
      signal.removeEventListener('abort', wakeAll);
      if (failure !== undefined) throw failure.cause;
    },
  };
}

/** The lane of a key: FNV-1a (RFC 9923), modulo the number of lanes. */
export function laneOf(key: string, count: number): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < key.length; index += 1) hash = Math.imul(hash ^ key.charCodeAt(index), 0x01000193);
  return (hash >>> 0) % count;
}

function wake<Item>(lane: Lane<Item>): void {
  const { wake: resolve } = lane;
  renew(lane);
  resolve();
}

function renew<Item>(lane: Lane<Item>): Lane<Item> {
  const { promise, resolve } = Promise.withResolvers<void>();
  lane.changed = promise;
  lane.wake = resolve;
  return lane;
}

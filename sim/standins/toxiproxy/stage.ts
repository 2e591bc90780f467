import type { Chunk, Effect, Ending, StageMemory, Step } from './toxics/toxic.ts';

/** Where a stage, or the source of a link, hands its bytes on to. */
export interface Outlet {
  hasRoom(): boolean;
  write(chunk: Chunk): void;
  /** A second call may only make an ending harsher. */
  end(ending: Ending): void;
}

/** One toxic on one direction of one connection. */
export interface Stage extends Outlet {
  readonly memory: StageMemory;
  connect(next: Outlet): void;
  /** Goes on where it stopped; called when the next outlet has room again. */
  wake(): void;
  /** Puts a new effect in place: what is held is judged anew by it. */
  replace(effect: Effect): void;
  /** Hands on everything held, at once and in order, and stops. */
  flush(): void;
  /** Drops everything held and stops. */
  abort(): void;
}

export interface StageOptions {
  readonly effect: Effect;
  readonly memory: StageMemory;
  readonly next: Outlet;
  readonly capacityChunks: number;
  readonly now: () => number;
  /** Called when a stage that was full takes bytes again. */
  readonly onRoom: () => void;
}

/** 1024 reads of 32 KiB, the most that the original's buffer can hold. */
const CAPACITY_BYTES = 32 * 1024 * 1024;
const MAX_TIMER_MS = 2 ** 31 - 1;
const harshness: Record<Ending, number> = { eof: 0, close: 1, reset: 2 };

/** The harsher of two endings. */
export function harsher(a: Ending, b: Ending): Ending {
  return harshness[a] >= harshness[b] ? a : b;
}

interface Held {
  readonly chunk: Chunk | undefined;
  readonly steps: Iterator<Step>;
  next: Step | undefined;
  sentBytes: number;
}

/** Makes a stage that runs the effect's steps: it waits, hands on only while the next outlet has room, and can be interrupted without losing a byte. */
export function createStage(options: StageOptions): Stage {
  const { now, onRoom, capacityChunks, memory } = options;
  let { effect, next } = options;
  let queue: Chunk[] = [];
  let queuedBytes = 0;
  let ending: Ending | undefined;
  let held: Held | undefined;
  let timer: NodeJS.Timeout | undefined;
  let immediate: NodeJS.Immediate | undefined;
  let idle: NodeJS.Timeout | undefined;
  let state: 'open' | 'ended' | 'stopped' = 'open';
  let running = false;

  const clearTimers = () => {
    clearTimeout(timer);
    clearImmediate(immediate);
    clearTimeout(idle);
    timer = immediate = idle = undefined;
  };
  const hasRoom = () => queue.length < capacityChunks && queuedBytes < CAPACITY_BYTES;

  const finish = (how: Ending) => {
    state = 'ended';
    clearTimers();
    queue = [];
    queuedBytes = 0;
    held = undefined;
    ending = harsher(how, ending ?? 'eof');
    next.end(ending);
  };

  /** Takes the next item in; false when there is none. */
  const take = (): boolean => {
    const chunk = queue.shift();
    if (chunk !== undefined) {
      const wasFull = queue.length + 1 >= capacityChunks || queuedBytes >= CAPACITY_BYTES;
      queuedBytes -= chunk.data.length;
      held = { chunk, steps: effect.onChunk(chunk, now)[Symbol.iterator](), next: undefined, sentBytes: 0 };
      clearTimeout(idle);
      idle = undefined;
      if (wasFull) onRoom();
      return true;
    }
    if (ending !== undefined) {
      held = { chunk: undefined, steps: effect.onEnd(ending, now)[Symbol.iterator](), next: undefined, sentBytes: 0 };
      return true;
    }
    if (effect.idleMs !== undefined) idle ??= setTimeout(finish, Math.min(effect.idleMs, MAX_TIMER_MS), 'close');
    return false;
  };

  /** True when the time has come; else arranges to run again. Timers may fire early by a fraction, so the clock decides. */
  const due = (untilMs: number): boolean => {
    const leftMs = untilMs - now();
    if (leftMs <= 0) return true;
    const again = () => {
      timer = immediate = undefined;
      run();
    };
    if (leftMs >= 0.5) timer = setTimeout(again, Math.min(Math.ceil(leftMs), MAX_TIMER_MS));
    else immediate = setImmediate(again);
    return false;
  };

  const advance = (item: Held): boolean => {
    if (item.next === undefined) {
      const result = item.steps.next();
      if (result.done === true) {
        held = undefined;
        return true;
      }
      item.next = result.value;
    }
    const step = item.next;
    switch (step.do) {
      case 'wait':
        if (!due(step.untilMs)) return false;
        break;
      case 'emit':
        if (!next.hasRoom()) return false;
        item.sentBytes += step.chunk.data.length;
        next.write(step.chunk);
        break;
      case 'drop':
        item.sentBytes = item.chunk?.data.length ?? 0;
        break;
      case 'end':
        finish(step.ending);
        return false;
    }
    item.next = undefined;
    return true;
  };

  const run = () => {
    if (running || timer !== undefined || immediate !== undefined) return;
    running = true;
    while (state === 'open') {
      if (held === undefined && !take()) break;
      if (held !== undefined && !advance(held)) break;
    }
    running = false;
  };

  /** Puts the unsent rest of the held item back at the head of the queue. */
  const putBack = () => {
    clearTimers();
    if (held?.chunk !== undefined && held.sentBytes < held.chunk.data.length) {
      const data = held.chunk.data.subarray(held.sentBytes);
      queue.unshift({ data, arrivedAtMs: held.chunk.arrivedAtMs });
      queuedBytes += data.length;
    }
    held = undefined;
  };

  const stage: Stage = {
    memory,
    hasRoom,
    write(chunk) {
      if (state !== 'open') return;
      queue.push(chunk);
      queuedBytes += chunk.data.length;
      run();
    },
    end(how) {
      ending = harsher(how, ending ?? 'eof');
      if (state === 'ended') next.end(ending);
      else run();
    },
    connect(outlet) {
      next = outlet;
    },
    wake: run,
    replace(replacement) {
      if (state !== 'open') return;
      putBack();
      effect = replacement;
      run();
    },
    flush() {
      if (state !== 'open') return;
      putBack();
      state = 'stopped';
      for (const chunk of queue) next.write(chunk);
      queue = [];
      queuedBytes = 0;
      if (ending !== undefined) next.end(ending);
    },
    abort() {
      state = 'stopped';
      clearTimers();
      queue = [];
      queuedBytes = 0;
      held = undefined;
    },
  };
  run();
  return stage;
}

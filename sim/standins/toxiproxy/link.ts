import type { Socket } from 'node:net';
import { createStage, harsher, type Outlet, type Stage } from './stage.ts';
import { drawEffect, type ToxicEntry } from './toxic-entry.ts';
import type { Ending } from './toxics/toxic.ts';

/** One direction of a connection: source -> toxics in order -> destination. */
export interface Link {
  addToxic(toxic: ToxicEntry): void;
  updateToxic(toxic: ToxicEntry): void;
  removeToxic(toxic: ToxicEntry): void;
  /** The source ended, or is gone. */
  end(ending: Ending): void;
  /** The destination is gone: nothing more can be delivered. */
  abort(): void;
}

export interface LinkOptions {
  readonly source: Socket;
  readonly destination: Socket;
  readonly toxics: readonly ToxicEntry[];
  readonly random: () => number;
  readonly now: () => number;
}

interface Placed {
  readonly toxic: ToxicEntry;
  readonly stage: Stage;
}

/** Closes with RST. A socket in the middle of its FIN cannot be reset any more and is closed. */
function reset(socket: Socket): void {
  if (socket.destroyed) return;
  if (socket.writableEnded && !socket.writableFinished) socket.destroy();
  else socket.resetAndDestroy();
}

/** Starts to forward from source to destination. Without toxics a read is written on as it is; what the destination does not take stops the source. */
export function startLink({ source, destination, toxics, random, now }: LinkOptions): Link {
  let placed: Placed[] = [];
  let paused = false;
  let ended: Ending | undefined;

  const finished = () => ended !== undefined;
  const sink: Outlet = {
    hasRoom: () => destination.writableLength < destination.writableHighWaterMark,
    write: ({ data }) => {
      if (!finished()) destination.write(data);
    },
    end: (ending) => {
      ended = harsher(ending, ended ?? 'eof');
      if (ended === 'eof') {
        destination.end();
        return;
      }
      source.pause();
      if (ended === 'close') destination.destroySoon();
      else for (const socket of [destination, source]) reset(socket);
    },
  };
  const head = (): Outlet => placed[0]?.stage ?? sink;

  const resume = () => {
    if (!paused || finished() || !head().hasRoom()) return;
    paused = false;
    source.resume();
  };
  const pause = () => {
    paused = true;
    source.pause();
  };
  /** From the last stage to the first, and then the source: each may have been waiting for room after it. */
  const wakeAll = () => {
    for (const { stage } of placed.toReversed()) stage.wake();
    resume();
  };
  const outletAfter = (index: number): Outlet => placed[index + 1]?.stage ?? sink;
  const connectAll = () => {
    placed.forEach(({ stage }, index) => stage.connect(outletAfter(index)));
  };

  const place = (toxic: ToxicEntry) => {
    const memory = { transmittedBytes: 0 };
    const effect = drawEffect(toxic, { random, memory });
    const stage = createStage({ effect, memory, now, next: sink, capacityChunks: toxic.kind.bufferChunks, onRoom: wakeAll });
    placed.push({ toxic, stage });
    connectAll();
  };

  source.on('data', (data: Buffer) => {
    if (finished()) return;
    if (placed.length === 0) {
      // A write that went out at once reports back-pressure for a full-sized chunk all the same, so what counts is what is left.
      if (!destination.write(data) && destination.writableLength > 0) pause();
      return;
    }
    const first = head();
    first.write({ data, arrivedAtMs: now() });
    if (!finished() && !first.hasRoom()) pause();
  });
  destination.on('drain', wakeAll);
  for (const toxic of toxics) place(toxic);

  return {
    addToxic(toxic) {
      if (finished()) return;
      place(toxic);
      wakeAll();
    },
    updateToxic(toxic) {
      const stage = placed.find((candidate) => candidate.toxic === toxic)?.stage;
      stage?.replace(drawEffect(toxic, { random, memory: stage.memory }));
      wakeAll();
    },
    removeToxic(toxic) {
      const index = placed.findIndex((candidate) => candidate.toxic === toxic);
      const stage = placed[index]?.stage;
      if (stage === undefined) return;
      const after = outletAfter(index);
      placed.splice(index, 1);
      if (toxic.kind.closesOnRemoval) {
        stage.abort();
        after.end('close');
      } else stage.flush();
      connectAll();
      wakeAll();
    },
    end: (ending) => head().end(ending),
    abort() {
      ended ??= 'close';
      for (const { stage } of placed) stage.abort();
      placed = [];
      source.pause();
    },
  };
}

import { mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';

import { Type } from 'typebox';
import { Compile } from 'typebox/compile';

import { writeWhole } from '../../supervisor/state.ts';

const Content = Compile(Type.Object({ reachedMs: Type.Number() }));
const KEPT_EVERY_MS = 1_000;

/**
 * How far the shop's life has come: everything that happened before `reachedMs` of the file is answered. It only says from where on the pace is kept again. What has
 * been done is known by the shop itself: each step is sent again, and is done once by its reference. So a journal that is lost or of another twin does no harm.
 */
export interface Journal {
  readonly reachedMs: number;
  /** A step that is about to be sent; steps begin in the order of time. Call what it answers when the step is done. */
  begin(epochMs: number): () => void;
  /** Writes it down. */
  keep(): void;
}

export function openJournal(file: string, nowMs: () => number): Journal {
  const before = readReached(file);
  const open = new Set<{ readonly epochMs: number }>();
  let newestMs = before;
  let keptMs = nowMs();
  const keep = (): void => {
    const [oldest] = open;
    mkdirSync(dirname(file), { recursive: true });
    writeWhole(file, { reachedMs: Math.max(before, oldest === undefined ? newestMs : oldest.epochMs - 1) });
    keptMs = nowMs();
  };
  return {
    reachedMs: before,
    begin(epochMs) {
      const step = { epochMs };
      open.add(step);
      newestMs = Math.max(newestMs, epochMs);
      return () => {
        open.delete(step);
        if (nowMs() - keptMs > KEPT_EVERY_MS) keep();
      };
    },
    keep,
  };
}

function readReached(file: string): number {
  try {
    const content: unknown = JSON.parse(readFileSync(file, 'utf8'));
    return Content.Check(content) ? content.reachedMs : 0;
  } catch {
    return 0;
  }
}

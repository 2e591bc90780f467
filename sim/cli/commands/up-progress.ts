import pc from 'picocolors';
import { showDuration } from '../../faults/quantities.ts';
import type { TwinState } from '../../supervisor/state.ts';
import { note } from '../screen.ts';

export interface Progress {
  show(state: TwinState, elapsedMs: number): void;
  end(): void;
}

const QUIET_MS = 10_000;

/** On a terminal one line that changes; elsewhere a line for each process that is ready, and for every ten seconds in which none is. */
export function createProgress(interactive: boolean): Progress {
  let shown = 0;
  let lastMs = 0;
  return {
    show(state, elapsedMs) {
      const waiting = state.processes.filter((process) => process.state === 'starting').map((process) => process.name);
      const image = state.image ? ' (an image is built first where there is none of these sources: a minute or two)' : '';
      const rest = waiting.length > 0 ? `waiting for ${waiting.join(', ')}${image}` : 'starting';
      if (interactive) {
        process.stderr.write(`\r\u001B[K${pc.dim(`${showDuration(Math.floor(elapsedMs / 100) * 100)}  ${rest}`).slice(0, 160)}`);
        return;
      }
      for (const name of state.progress.slice(shown)) note(`  ${name} ready after ${showDuration(elapsedMs)}`);
      if (state.progress.length !== shown) lastMs = elapsedMs;
      shown = state.progress.length;
      if (elapsedMs - lastMs < QUIET_MS) return;
      lastMs = elapsedMs;
      note(`  ${rest} (${showDuration(Math.floor(elapsedMs / 1_000) * 1_000)})`);
    },
    end() {
      if (interactive) process.stderr.write('\r\u001B[K');
    },
  };
}

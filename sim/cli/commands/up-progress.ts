import pc from 'picocolors';
import { showDuration } from '../../faults/quantities.ts';
import type { TwinState } from '../../supervisor/state.ts';
import { note } from '../screen.ts';

export interface Progress {
  show(state: TwinState, elapsedMs: number): void;
  end(): void;
}

/** On a terminal one line that changes; elsewhere a line for each process that is ready. */
export function createProgress(interactive: boolean): Progress {
  let shown = 0;
  return {
    show(state, elapsedMs) {
      if (interactive) {
        const waiting = state.processes.filter((process) => process.state === 'starting').map((process) => process.name);
        const rest = waiting.length > 0 ? `waiting for ${waiting.join(', ')}` : '';
        process.stderr.write(`\r\u001B[K${pc.dim(`${showDuration(Math.floor(elapsedMs / 100) * 100)}  ${rest}`).slice(0, 160)}`);
        return;
      }
      for (const name of state.progress.slice(shown)) note(`  ${name} ready after ${showDuration(elapsedMs)}`);
      shown = state.progress.length;
    },
    end() {
      if (interactive) process.stderr.write('\r\u001B[K');
    },
  };
}

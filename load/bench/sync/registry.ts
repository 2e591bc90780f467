import type { BenchCase } from './case.ts';
import { backlog } from './cases/backlog.ts';
import { border } from './cases/border.ts';
import { bytes } from './cases/bytes.ts';
import { capture } from './cases/capture.ts';
import { latency } from './cases/latency.ts';
import { loopback } from './cases/loopback.ts';
import { reconcileCase } from './cases/reconcile.ts';
import { workers } from './cases/workers.ts';

/** The cases, in the order in which they run: those that need few rows first. A new one is a file in `cases/` and a line here. */
export const cases: readonly BenchCase[] = [capture, latency, bytes, loopback, border, workers, backlog, reconcileCase];

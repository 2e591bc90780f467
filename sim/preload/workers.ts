import { syncBuiltinESMExports } from 'node:module';
import workerThreads from 'node:worker_threads';

import { property, replaceClass } from './replace.ts';

/**
 * A worker thread inherits what the process was started with, and from its environment what Node is told: one that is made with neither would know nothing of the guard.
 */
export function guardWorkers(preload: string): void {
  replaceClass(workerThreads, 'Worker', ([program, options, ...rest]) => {
    const execArgv = property(options, 'execArgv');
    if (typeof options !== 'object' || !Array.isArray(execArgv)) return [program, options, ...rest];
    return [program, { ...options, execArgv: ['--require', preload, ...execArgv] }, ...rest];
  });
  syncBuiltinESMExports();
}

import type { TestProject } from 'vitest/node';

import { makeRunFolder, removeAbandonedContainers, removeLeftovers } from '../drivers/leftovers.ts';
import type { Run } from '../drivers/run.ts';
import { readConformanceConfig } from './config.ts';

declare module 'vitest' {
  interface ProvidedContext {
    conformance: Run;
  }
}

/** Tells the tests which run they belong to, and leaves nothing of it behind. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const config = readConformanceConfig();
  const containers = config.driver === 'docker';
  if (containers) await removeAbandonedContainers();
  const folder = config.folder ?? (await makeRunFolder());
  project.provide('conformance', { driver: config.driver, folder });
  return async () => {
    if (config.folder === undefined) await removeLeftovers(folder, { containers });
  };
}

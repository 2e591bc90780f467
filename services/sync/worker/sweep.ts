/**
 * What is to be done now and then, step by step: one that fails takes nothing from those behind it. Throws the first error when all have had their turn.
 */
export function createSweep(steps: readonly (() => Promise<unknown>)[]): () => Promise<void> {
  return async () => {
    const failures: unknown[] = [];
    for (const step of steps) await step().catch((error: unknown) => failures.push(error));
    if (failures.length > 0) throw failures[0];
  };
}

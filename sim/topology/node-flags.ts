/**
 * How V8 keeps a service's memory: an old generation that is collected when it has grown by half, where V8 by itself lets it grow fourfold on a machine with much
 * memory, and a young one that requests under way do not outlive. The image's entry point says the same; docs/performance.md has the figures.
 */
export const serviceFlags = ['--max-semi-space-size=16', '--heap-growing-percent=50'] as const;

/** What stands in for a cloud, and what looks after the processes: many on one machine, and never busy for long. */
export const standInFlags = ['--max-semi-space-size=2'] as const;

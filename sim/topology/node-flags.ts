/**
 * How V8 keeps a service's memory: a young generation of 4 MB, and an old one that is collected when it has grown by half, where V8 by itself lets it grow
 * fourfold on a machine with much memory. The image's entry point says the same.
 */
export const serviceFlags = ['--max-semi-space-size=4', '--heap-growing-percent=50'] as const;

/** What stands in for a cloud, and what looks after the processes: many on one machine, and never busy for long. */
export const standInFlags = ['--max-semi-space-size=2'] as const;

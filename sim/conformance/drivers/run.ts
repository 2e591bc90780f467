import type { Driver } from '../behaviours/behaviour.ts';

/** One run of the suite on one driver. */
export interface Run {
  readonly driver: Driver;
  /** Everything that the run writes lies below; its name marks the run's containers. */
  readonly folder: string;
}

/** Something that was started and has to be stopped. */
export interface Running {
  stop(): Promise<void>;
}

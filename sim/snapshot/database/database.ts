import type { Region } from '../../topology/regions.ts';

/** A region's database on its way into a snapshot. */
export interface Capture {
  /** Decides what is in it: every transaction that has been committed until now, and none that is committed later. */
  cut(): Promise<void>;
  /** Copies what is needed for that; the server may be written to again. */
  finish(): Promise<void>;
  /** Ends it, in whatever state. */
  close(): Promise<void>;
}

/** How databases are saved and put back, each driver in its own way. `folder` is a snapshot's for the one region. */
export interface Databases {
  /** Copies the bulk of it while the server serves. */
  capture(region: Region, folder: string, signal: AbortSignal): Promise<Capture>;
  /** What has to be free for a region's copy. */
  bytes(region: Region): Promise<number>;
  /** Lays the saved files beside those in use, while the server serves. */
  stage(region: Region, folder: string, signal: AbortSignal): Promise<void>;
  /** Ends the server at once; its files are whole, as after a crash. */
  stop(region: Region): Promise<void>;
  /** Puts the staged files in place of those in use, which are kept aside. The server is down. */
  swap(region: Region): Promise<void>;
  /** Takes `swap` back, where it was done. The server is down. */
  swapBack(region: Region): Promise<void>;
  /** Starts the server on what lies in its place, with the passwords that the secrets name, and leads the links to it. */
  start(region: Region): Promise<void>;
  /** Removes what was staged and what was kept aside. */
  tidy(region: Region): Promise<void>;
}

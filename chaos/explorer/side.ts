import type pg from 'pg';

import type { Region } from '#contracts/regions.ts';

/** One region's database as the explorer drives it; what the two tiers (PGlite in this process, a real server) have in common. */
export interface Side {
  readonly region: Region;
  /** For the product's own code, as the role that it runs as. */
  readonly sync: pg.Pool;
  /** Runs statements in one text as the service that owns the tables, a transaction of their own unless they say otherwise; answers each result. */
  write(statements: string): Promise<pg.QueryResult[]>;
  /** The same as superuser: for the clock, and to look at what the product keeps. */
  admin(statements: string): Promise<pg.QueryResult[]>;
  close(): Promise<void>;
}

export interface Sides {
  readonly world: Side;
  readonly china: Side;
}

/** node-postgres answers an array for several statements, and not for one. */
export const resultsOf = (answered: pg.QueryResult | pg.QueryResult[]): pg.QueryResult[] =>
  Array.isArray(answered) ? answered : [answered];

/** The number of a side in a history: 0 is the world. */
export type Which = 0 | 1;
export const other = (which: Which): Which => (which === 0 ? 1 : 0);

import type { Stamp } from '#contracts/stamp.ts';

/** The stamp's columns as the database hands them over: int8 as text. */
export interface StampRow {
  readonly id: string;
  readonly version: string;
  readonly origin: string;
  readonly vector: Readonly<Record<string, string>>;
  readonly updated_at: string;
}

export function stampOf(row: Pick<StampRow, 'version' | 'origin' | 'vector'>): Stamp {
  return { version: row.version, origin: row.origin, vector: row.vector };
}

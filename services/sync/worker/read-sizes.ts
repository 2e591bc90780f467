import { MOST_ITEMS } from '../protocol/body.ts';

const READ_BYTES = 1024 * 1024;
/** Before anything is known: a few hundred rows at once. */
const FIRST_GUESS_BYTES = 4 * 1024;
const MEMORY = 0.3;

/** How many rows to read at once, by what rows of the entity were like so far: a read is to hold about 1 MiB. */
export interface ReadSizes {
  rowsToRead(entity: string): number;
  bytesOfRow(entity: string): number;
  learn(entity: string, rows: number, bytes: number): void;
}

export function createReadSizes(): ReadSizes {
  const bytesByEntity = new Map<string, number>();
  const bytesOfRow = (entity: string): number => bytesByEntity.get(entity) ?? FIRST_GUESS_BYTES;
  return {
    bytesOfRow,
    rowsToRead: (entity) => Math.max(1, Math.min(MOST_ITEMS, Math.floor(READ_BYTES / bytesOfRow(entity)))),
    learn(entity, rows, bytes) {
      if (rows === 0) return;
      const held = bytesByEntity.get(entity);
      const seen = bytes / rows;
      // What is larger than expected counts at once, what is smaller bit by bit.
      bytesByEntity.set(entity, held === undefined || seen > held ? seen : held + (seen - held) * MEMORY);
    },
  };
}

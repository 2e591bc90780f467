import { differences } from '../checkers/databases.ts';
import { balance, type AcknowledgedWrite } from '../checkers/ledger.ts';
import { converge } from './convergence.ts';
import type { Shop } from './shop.ts';
import type { Twin } from './twin.ts';

/** What is wrong once both regions are at rest; each is empty where nothing is. */
export interface Account {
  readonly differences: readonly unknown[];
  readonly residue: Readonly<Record<string, number>>;
  readonly unaccounted: readonly AcknowledgedWrite[];
}

/** The account of a twin on which nothing was lost. */
export const nothingLost: Account = { differences: [], residue: {}, unaccounted: [] };

/** Waits until both regions are equal and at rest, `limitMs` at most, and balances every write that the shops saw acknowledged. */
export async function takeAccount(twin: Twin, shops: readonly Shop[], limitMs: number): Promise<Account> {
  const { regions } = await twin.status();
  const databases = { world: regions.world.databaseUrl, china: regions.china.databaseUrl };
  const { contents, residue } = await converge(twin, databases, limitMs);
  const held = [contents.world, contents.china];
  const { unaccounted } = balance(
    shops.flatMap(({ ledger }) => ledger),
    held.flatMap(({ live }) => live),
    held.flatMap(({ losers }) => losers),
  );
  return { differences: differences(contents.world, contents.china), residue, unaccounted };
}

import { balance, type Version } from '../checkers/ledger.ts';
import { Violation } from './held.ts';
import { asAcknowledged, covers, entitledToLive, fold, idOf, isGreater, sameStamp, stampId, type Held, type Write } from './model.ts';
import type { Side } from './side.ts';
import type { Keys } from './statements.ts';
import type { Tally } from './tally.ts';

interface Conflict {
  entity: string;
  key: string;
  winner_version: string;
  winner_origin: string;
  loser_version: string;
  loser_origin: string;
}

type State = ReadonlyMap<string, Held>;

const told = (held: Held | undefined): string =>
  held === undefined ? 'nothing' : `${held.content ?? 'deleted'} (${held.version}, ${held.origin}, ${[...held.vector].join(' ')})`;

/** Both sides hold the same, and that is what all writes come to. */
function checkContents(final: { world: State; china: State }, writes: readonly Write[]): void {
  const folded = fold(writes);
  for (const id of new Set([...final.world.keys(), ...final.china.keys(), ...folded.keys()])) {
    const [here, there, expected] = [final.world.get(id), final.china.get(id), folded.get(id)];
    if (here === undefined || there === undefined || !sameStamp(here, there) || here.content !== there.content)
      throw new Violation(`${id} differs: the world has ${told(here)}, China ${told(there)}`);
    if (expected === undefined || !sameStamp(here, expected) || here.content !== expected.content)
      throw new Violation(`${id} is ${told(here)} on both sides, and its writes come to ${told(expected)}`);
  }
}

/** A conflict is recorded of versions of which neither had seen the other, and says rightly which one is the greater. */
function checkConflicts(conflicts: readonly Conflict[], writes: readonly Write[]): void {
  const byStamp = new Map(writes.map((write) => [stampId(write), write]));
  for (const { entity, key, ...record } of conflicts) {
    const winner = byStamp.get(stampId({ entity, key, version: BigInt(record.winner_version), origin: record.winner_origin }));
    const loser = byStamp.get(stampId({ entity, key, version: BigInt(record.loser_version), origin: record.loser_origin }));
    if (winner === undefined || loser === undefined) throw new Violation(`a conflict of ${key} names a version that nobody wrote`);
    if (!isGreater(winner, loser)) throw new Violation(`a conflict of ${key} names the lesser as its winner`);
    if (winner.by === 'writer' && (covers(winner, loser) || covers(loser, winner)))
      throw new Violation(`a conflict of ${key} is recorded of versions of which one had seen the other`);
  }
}

/** Checks what a history came to: contents, deletions, conflict records, ledger, and that nothing is left under way. Throws Violation. */
export async function checkFinal(
  sides: readonly [Side, Side],
  keys: Keys,
  writes: readonly Write[],
  final: { world: State; china: State },
  options: { impatient: boolean; tally: Tally | undefined },
): Promise<void> {
  checkContents(final, writes);
  if (!options.impatient) {
    const entitled = entitledToLive(writes, final.world);
    for (const held of final.world.values())
      if (held.content !== null && !entitled.has(held.key))
        throw new Violation(`${idOf(held)} lives though it was deleted and nobody needs it`);
  }
  const conflicts: Conflict[] = [];
  for (const side of sides) {
    const keyList = `'{${keys.all.join(',')}}'`;
    const [found, left] = await side.admin(
      `SELECT entity, key, winner_version::text, winner_origin, loser_version::text, loser_origin FROM sync.conflict WHERE key = ANY (${keyList});
       SELECT (SELECT count(*) FROM sync.outbox)::int AS outbox, (SELECT count(*) FROM sync.parked)::int AS parked, (SELECT count(*) FROM sync.dead_letter)::int AS dead`,
    );
    conflicts.push(...(found?.rows ?? []));
    const residue: Record<string, number> = left?.rows[0] ?? {};
    for (const [what, n] of Object.entries(residue)) if (n !== 0) throw new Violation(`${what}: ${n} left in ${side.region}`);
  }
  checkConflicts(conflicts, writes);
  const losers = conflicts.map(({ entity, key, loser_version, loser_origin }): Version => ({
    entity,
    key,
    version: loser_version,
    origin: loser_origin,
  }));
  const live = [...final.world.values(), ...final.china.values()].map(({ entity, key, version, origin }): Version => ({
    entity,
    key,
    version: String(version),
    origin,
  }));
  const ledger = balance(writes.map(asAcknowledged), live, losers);
  const [lost] = ledger.unaccounted;
  if (lost !== undefined) throw new Violation(`an acknowledged write is unaccounted for: ${JSON.stringify(lost)}`);
  const { tally } = options;
  if (tally === undefined) return;
  tally.add('conflict records', conflicts.length);
  tally.measure('conflict records a case', conflicts.length);
  for (const what of ['live', 'superseded', 'overwritten'] as const) tally.add(`ledger: ${what}`, ledger[what]);
}

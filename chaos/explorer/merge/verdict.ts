import { balance, type Version } from '../../checkers/ledger.ts';
import { covers, partsOf, stampOf, type State, type Write } from './fold.ts';
import { heldBy, stateOf, type Side } from './side.ts';

const partsText = (state: State, side: Side): unknown => {
  const { shape } = side;
  const slots = shape.counters.flatMap((counter) => {
    const byOrigin = Map.groupBy(
      [...side.known].filter((write) => write.counted.has(counter)),
      ({ origin }) => origin,
    );
    const entries = [...byOrigin].map(([origin, writes]) => [
      origin,
      [
        writes.reduce((sum, write) => sum + (write.counted.get(counter) ?? 0), 0),
        Number(writes.reduce((a, b) => (a.version > b.version ? a : b)).version),
      ],
    ]);
    return entries.length === 0 ? [] : [[counter, Object.fromEntries(entries)]];
  });
  return {
    ...Object.fromEntries(
      [...state.rulers].map(([part, write]) => [part, [write.groups.get(part)?.rank ?? write.epoch, Number(write.version), write.origin]]),
    ),
    ...(slots.length > 0 ? { $counters: Object.fromEntries(slots) } : {}),
  };
};

/** A side holds exactly what the writes that have come to it make, stamp and parts included. Throws where it does not. */
export async function checkHeld(side: Side): Promise<void> {
  const [held, state] = [await heldBy(side), stateOf(side)];
  const rest = state && [...state.seen].toSorted(([a, x], [b, y]) => (x === y ? (a < b ? 1 : -1) : x < y ? 1 : -1));
  const [newest, ...vector] = rest ?? [];
  const found = held && {
    alive: held.alive,
    row: held.row,
    version: held.version,
    origin: held.origin,
    vector: JSON.parse(held.vector.replaceAll(/: (\d+)/g, ': "$1"')),
    parts: JSON.parse(held.parts),
  };
  const wanted = state && {
    alive: state.alive,
    row: Object.fromEntries(Object.keys(held?.row ?? {}).map((column) => [column, state.row[column] ?? null])),
    version: String(newest?.[1]),
    origin: newest?.[0],
    vector: Object.fromEntries(vector.map(([origin, version]) => [origin, String(version)])),
    parts: partsText(state, side),
  };
  if (canonical(found) !== canonical(wanted))
    throw new Error(`${side.region.region} holds ${canonical(found)}, and what came to it makes ${canonical(wanted)}`);
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}

interface Conflict {
  part: string;
  winner: string;
  loser: string;
  rule: string;
}

async function conflictsOf(side: Side): Promise<Conflict[]> {
  const { rows } = await side.region.owner.query<Conflict>(
    `SELECT part, winner_version || '|' || winner_origin AS winner, loser_version || '|' || loser_origin AS loser, rule
     FROM sync.conflict WHERE entity = $1 AND key = $2`,
    [side.shape.entity, side.key],
  );
  return rows;
}

/** No conflict is recorded of writes of which one had seen the other, or that did not write the same; the names of winner and loser are right. */
function checkConflicts(conflicts: readonly Conflict[], writes: readonly Write[]): void {
  const byStamp = new Map(writes.map((write) => [stampOf(write), write]));
  for (const conflict of conflicts) {
    const [winner, loser] = [byStamp.get(conflict.winner), byStamp.get(conflict.loser)];
    const told = JSON.stringify(conflict);
    if (winner === undefined || loser === undefined) throw new Error(`a conflict of writes that nobody made: ${told}`);
    if (covers(winner.seen, loser) || covers(loser.seen, winner))
      throw new Error(`a conflict of writes of which one had seen the other: ${told}`);
    const wrote = (write: Write): boolean =>
      conflict.part === '$grave' ? write.kind === 'delete' : partsOf(write)?.includes(conflict.part) === true;
    const winnerFits =
      wrote(winner) ||
      (conflict.rule === 'deletion-after-edit' && winner.kind === 'delete') ||
      (conflict.rule === 'edit-after-deletion' && winner.kind !== 'delete');
    if (!wrote(loser) || !winnerFits) throw new Error(`a conflict of writes that did not write ${conflict.part}: ${told}`);
  }
}

/** Every acknowledged write is live, superseded, or in a record: part by part. Answers how many conflicts were recorded. */
export async function checkLedger(sides: readonly [Side, Side]): Promise<number> {
  const [side] = sides;
  const { entity } = side.shape;
  const { key } = side;
  const writes = [...side.known];
  const state = stateOf(side);
  const conflicts = [...(await conflictsOf(sides[0])), ...(await conflictsOf(sides[1]))];
  checkConflicts(conflicts, writes);
  const version = (write: Pick<Write, 'version' | 'origin'>, part?: string): Version => ({
    entity,
    key,
    version: String(write.version),
    origin: write.origin,
    ...(part === undefined ? {} : { part }),
  });
  const rulers = [...(state?.rulers ?? [])];
  const live =
    state?.alive === true
      ? [
          ...rulers.filter(([part]) => !part.startsWith('$')).map(([part, write]) => version(write, part)),
          ...writes.flatMap((write) => [...write.counted.keys()].map((counter) => version(write, counter))),
        ]
      : rulers.filter(([part]) => part === '$grave').map(([, write]) => version(write));
  const losers = conflicts.map(({ part, loser }) => {
    const [at = '', origin = ''] = loser.split('|');
    return { entity, key, version: at, origin, ...(part === '$grave' ? {} : { part }) };
  });
  const acknowledged = writes.map((write) => {
    const parts = partsOf(write);
    const vector = Object.fromEntries(
      [...write.seen].filter(([origin]) => origin !== write.origin).map(([origin, seen]) => [origin, String(seen)]),
    );
    return { entity, key, version: String(write.version), origin: write.origin, vector, ...(parts === undefined ? {} : { parts }) };
  });
  const [lost] = balance(acknowledged, live, losers).unaccounted;
  if (lost !== undefined) throw new Error(`an acknowledged write is unaccounted for: ${JSON.stringify(lost)}`);
  return conflicts.length;
}

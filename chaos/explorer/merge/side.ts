import pg from 'pg';

import { applyItems, takeItems, type TestRegion } from '#sync/testing/regions.ts';

import { covers, fold, stampOf, type Row, type Shape, type State, type Write } from './fold.ts';

/** What one region holds of one row, with what the model says that it has seen. */
export interface Side {
  readonly region: TestRegion;
  readonly shape: Shape;
  readonly key: string;
  /** The writes whose effect has come here. */
  readonly known: Set<Write>;
}

/** An item under way, with the writes in it. */
export interface Sent {
  readonly text: string;
  readonly known: readonly Write[];
}

export const regionOf = (side: Side): string => side.region.region;
export const stateOf = (side: Side): State | undefined => fold(side.shape, [...side.known]);

const columnsOf = (shape: Shape): string[] => [...Object.values(shape.groups).flat(), ...shape.counters];
/** int8 as text: versions do not fit a JavaScript number. */
const STAMP = `t.version::text, t.origin, t.vector::text`;
const vectorOf = (text: string): [string, bigint][] =>
  [...text.matchAll(/"([^"]+)": (\d+)/g)].map(([, origin = '', version = '0']) => [origin, BigInt(version)]);

interface Held {
  version: string;
  origin: string;
  vector: string;
  parts: string;
  row: Row;
}

/** The clock of a region stands still until it is told to go, also backwards. */
export async function installClock(region: TestRegion): Promise<void> {
  await region.owner.query(`
    CREATE TABLE sync.explorer_clock (ms int8 NOT NULL);
    INSERT INTO sync.explorer_clock VALUES ((date_part('epoch', clock_timestamp()) * 1000)::int8);
    GRANT SELECT ON sync.explorer_clock TO PUBLIC;
    CREATE OR REPLACE FUNCTION sync.tick() RETURNS int8 LANGUAGE sql VOLATILE PARALLEL SAFE RETURN (SELECT ms << 16 FROM sync.explorer_clock)`);
}
export const moveClock = (side: Side, byMs: number): Promise<unknown> =>
  side.region.owner.query('UPDATE sync.explorer_clock SET ms = ms + $1', [byMs]);

/** What the database holds: the row, or what its tombstone holds. */
export async function heldBy(side: Side): Promise<(Held & { alive: boolean }) | undefined> {
  const { shape, key, region } = side;
  const { rows } = await region.owner.query<Held & { alive: boolean }>(
    `SELECT true AS alive, ${STAMP}, t.parts::text, to_jsonb(t) AS row FROM ${shape.entity} t WHERE t.id = $1
     UNION ALL SELECT false, ${STAMP}, (t.held -> '$p')::text, t.held FROM sync.tombstone t WHERE t.entity = $2 AND t.key = $1::text`,
    [key, shape.entity],
  );
  if (rows.length > 1) throw new Error('a row lives beside its tombstone');
  const [found] = rows;
  return found && { ...found, row: Object.fromEntries(columnsOf(shape).map((column) => [column, found.row[column]])) };
}

const rankIn = (shape: Shape, group: string, row: Row, epoch: number): number =>
  shape.home !== undefined ? epoch : shape.ranks?.group === group ? (shape.ranks.order[String(row[shape.ranks.column])] ?? -1) : 0;

/** Which refusal the SPEC demands of a write that would leave `next` (undefined: nothing); undefined where it must pass. */
function refusalOf(side: Side, before: State | undefined, next: Row | undefined): string | undefined {
  const { shape } = side;
  const own = regionOf(side);
  // Who changes nothing writes nothing.
  if (before?.alive === true && next !== undefined && columnsOf(shape).every((column) => next[column] === before.row[column]))
    return undefined;
  if (shape.home !== undefined) {
    if (before !== undefined && before.row[shape.home] !== own) return 'SY002';
    if (before?.alive !== true && next?.[shape.home] !== own) return 'SY002';
  }
  if (shape.ranks === undefined || next === undefined || before === undefined) return undefined;
  const { group, column } = shape.ranks;
  const changed = !before.alive || (shape.groups[group] ?? []).some((name) => next[name] !== before.row[name]);
  const held = before.rulers.get(group)?.groups.get(group)?.rank ?? -1;
  return changed && rankIn(shape, group, { [column]: next[column] }, 0) < held ? 'SY001' : undefined;
}

/** Runs a write and adds it to the model. Throws where the database allowed what the SPEC refuses, or the other way round. */
async function attempt(side: Side, next: Row | undefined, sql: string, values: readonly unknown[]): Promise<Write | undefined> {
  const { region, shape, key, known } = side;
  const before = stateOf(side);
  const expected = refusalOf(side, before, next);
  try {
    const { rowCount } = await region.catalog.query(sql, [key, ...values]);
    if (expected !== undefined) throw new Error(`${expected} was to be raised by ${sql}`);
    if (rowCount === 0) return undefined;
  } catch (error) {
    if (error instanceof pg.DatabaseError && error.code === expected) return undefined;
    throw error;
  }
  const held = await heldBy(side);
  if (held === undefined || held.alive !== (next !== undefined)) throw new Error(`nothing is left by ${sql}`);
  const seen = new Map([...vectorOf(held.vector), [held.origin, BigInt(held.version)] as const]);
  const kind = next === undefined ? 'delete' : before?.alive === true ? 'update' : 'insert';
  const epoch =
    shape.home === undefined ? 0 : (before?.epoch ?? 1) + (kind === 'update' && before?.row[shape.home] !== held.row[shape.home] ? 1 : 0);
  const wrote = Object.entries(shape.groups).filter(
    ([, columns]) => kind === 'insert' || (kind === 'update' && columns.some((column) => held.row[column] !== before?.row[column])),
  );
  const counted = shape.counters.map((counter) => [counter, Number(held.row[counter]) - Number(before?.row[counter] ?? 0)] as const);
  const write: Write = {
    version: BigInt(held.version),
    origin: held.origin,
    seen,
    kind,
    epoch,
    groups: new Map(
      wrote.map(([group, columns]) => [
        group,
        { rank: rankIn(shape, group, held.row, epoch), values: Object.fromEntries(columns.map((column) => [column, held.row[column]])) },
      ]),
    ),
    counted: new Map(kind === 'delete' ? [] : counted.filter(([, delta]) => delta !== 0)),
  };
  if (wrote.length === 0 && write.counted.size === 0 && kind === 'update') return undefined;
  if ([...known].some((earlier) => !covers(seen, earlier))) throw new Error(`the write ${stampOf(write)} has not seen what is here`);
  known.add(write);
  return write;
}

/** Sets columns of the row, or inserts it with them; `counts` are added to counters. */
export async function write(side: Side, columns: Row, counts: Readonly<Record<string, number>>): Promise<Write | undefined> {
  const before = stateOf(side);
  const { shape } = side;
  const names = Object.keys(columns);
  if (before?.alive === true) {
    const sets = [
      ...names.map((name, n) => `${name} = $${n + 2}`),
      ...Object.entries(counts).map(([name, by]) => `${name} = ${name} + ${by}`),
    ];
    if (sets.length === 0) return undefined;
    return attempt(
      side,
      { ...before.row, ...columns },
      `UPDATE ${shape.entity} SET ${sets.join(', ')} WHERE id = $1`,
      Object.values(columns),
    );
  }
  const filled: Row = {
    ...(shape.ranks === undefined ? {} : { [shape.ranks.column]: 'new' }),
    ...(shape.home === undefined ? {} : { [shape.home]: regionOf(side) }),
    ...columns,
    ...counts,
  };
  return attempt(
    side,
    filled,
    `INSERT INTO ${shape.entity} (id, ${Object.keys(filled).join(', ')}) VALUES ($1, ${Object.keys(filled)
      .map((_, n) => `$${n + 2}`)
      .join(', ')})`,
    Object.values(filled),
  );
}

export async function remove(side: Side): Promise<Write | undefined> {
  if (stateOf(side)?.alive !== true) return undefined;
  return attempt(side, undefined, `DELETE FROM ${side.shape.entity} WHERE id = $1`, []);
}

/** What the outbox points at, as a worker would read it now. */
export async function capture(side: Side): Promise<Sent[]> {
  return ((await takeItems(side.region)).get(side.shape.entity) ?? []).map((text) => ({ text, known: [...side.known] }));
}

/** The row as it is now, whether or not anything points at it. */
export async function readNow(side: Side): Promise<Sent[]> {
  const { rows } = await side.region.sync.query<{ item: string }>(`SELECT item FROM sync.${side.shape.entity.replace('.', '_')}_read($1)`, [
    [side.key],
  ]);
  return rows.map(({ item }) => ({ text: item, known: [...side.known] }));
}

/** Applies what came, and adds to the model what was in it. Throws where anything was left behind, or written to the outbox. */
export async function receive(side: Side, sent: readonly Sent[]): Promise<void> {
  if (sent.length === 0) return;
  const answers = await applyItems(
    side.region,
    side.shape.entity,
    sent.map(({ text }) => text),
  );
  const left = answers.find(({ outcome }) => !['applied', 'stale', 'conflict'].includes(outcome));
  if (left !== undefined || answers.length !== sent.length) throw new Error(`an item was not taken: ${JSON.stringify(left)}`);
  for (const { known } of sent) for (const one of known) side.known.add(one);
}

import { codeOf } from '#platform/errors.ts';

import { heldIn, look, Violation } from './held.ts';
import type { Statement, Step } from './history.ts';
import { covers, isGreater, sameStamp, stampOver, type Held, type Stamp, type Write } from './model.ts';
import type { Side } from './side.ts';
import { sqlOf, type Keys } from './statements.ts';

type WriteStep = Extract<Step, { do: 'write' }>;

/** One text: what was there, the statements as their writer ends them, what is there now. */
function textOf(step: WriteStep, keys: Keys): string {
  const statements = step.statements.map((statement) => sqlOf(statement, keys));
  const [first, ...rest] = statements;
  const looking = look(keys.all);
  if (step.end === 'commit') return [looking, ...statements, looking].join('; ');
  if (step.end === 'rollback') return ['BEGIN', looking, ...statements, 'ROLLBACK', looking].join('; ');
  return ['BEGIN', looking, first, 'SAVEPOINT here', ...rest, 'ROLLBACK TO SAVEPOINT here', 'COMMIT', looking].join('; ');
}

const describe = (stamp: Stamp): string =>
  `(${stamp.version}, ${stamp.origin}, ${JSON.stringify(Object.fromEntries([...stamp.vector].map(([o, v]) => [o, String(v)])))})`;

/** Is the stamp of a local write what the SPEC says? Exactly so where the row was written once; in any case its writer's successor wins. */
function checkStamp(now: Held, before: Held | undefined, own: string, nowMs: bigint, once: boolean): void {
  const expected = stampOver(before, own, nowMs);
  const successor = before === undefined || (isGreater(now, before) && covers(now, before));
  if (now.origin !== own || !successor || (once && !sameStamp(now, expected))) {
    throw new Violation(
      `${now.entity} ${now.key} was stamped ${describe(now)} over ${before === undefined ? 'nothing' : describe(before)}, not ${describe(expected)}`,
    );
  }
}

/** Runs a writer's transaction and checks how it was stamped. Answers what it wrote, or the code with which PostgreSQL refused it. */
export async function runWrite(side: Side, step: WriteStep, keys: Keys, nowMs: bigint): Promise<{ writes: Write[] } | { refused: string }> {
  let results;
  try {
    results = await side.write(textOf(step, keys));
  } catch (error) {
    const code = codeOf(error) ?? '';
    // Somebody still refers to what it deletes, or what it refers to is not there: the writer is told so, and nothing is written.
    if (code === '23503' || code === '23001') return { refused: code };
    throw error;
  }
  const looks = results.filter((result) => result.fields.some(({ name }) => name === 'vector'));
  const [before, after] = [heldIn(looks[0]), heldIn(looks[1])];
  const statements: readonly Statement[] =
    step.end === 'rollback' ? [] : step.end === 'commit' ? step.statements : step.statements.slice(0, 1);
  const once = statements.length === 1 && statements[0]?.do !== 'delete the family';
  const writes: Write[] = [];
  for (const [id, held] of before) if (!after.has(id)) throw new Violation(`${id} ${describe(held)} is gone without a tombstone`);
  for (const [id, now] of after) {
    const then = before.get(id);
    const stamped = then === undefined || !sameStamp(then, now);
    if (stamped) {
      checkStamp(now, then, `${side.region}#1`, nowMs, once);
      writes.push({ ...now, by: 'writer' });
    }
    if (then?.content !== now.content && !stamped) throw new Violation(`${id} was changed without a new stamp`);
    if (once && then !== undefined && then.content === now.content && stamped)
      throw new Violation(`${id} was stamped anew, and is what it was`);
  }
  if (statements.length === 0 && writes.length > 0) throw new Violation('a transaction that was rolled back left something');
  return { writes };
}

/**
 * How many slips lead from `a` to `b`: a letter too many, too few, or another, and two neighbours that changed places (optimal string alignment, Damerau 1964). Pure.
 */
export function editDistance(a: string, b: string): number {
  const [from, to] = [[...a], [...b]];
  let beforeLast: readonly number[] = [];
  let last: readonly number[] = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (const [row, letter] of from.entries()) {
    const current = [row + 1];
    for (const [column, other] of to.entries()) {
      const costs = [at(last, column + 1) + 1, at(current, column) + 1, at(last, column) + (letter === other ? 0 : 1)];
      if (row > 0 && column > 0 && letter === to[column - 1] && from[row - 1] === other) costs.push(at(beforeLast, column - 1) + 1);
      current.push(Math.min(...costs));
    }
    beforeLast = last;
    last = current;
  }
  return at(last, to.length);
}

const at = (numbers: readonly number[], index: number): number => numbers[index] ?? Number.POSITIVE_INFINITY;

/** Statements of one request that run at the same time: ranges are small then, and what is waited for is planning and the way there and back. */
export const AT_ONCE = 3;

/** Maps a list, at most `most` of it at the same time; answers in the order of the list. The first failure is thrown, and nothing new is begun then. */
export async function mapAtMost<Item, Result>(
  most: number,
  list: readonly Item[],
  map: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results = new Map<number, Result>();
  const left = list.entries();
  let failed = false;
  const work = async (): Promise<void> => {
    for (const [index, item] of left) {
      if (failed) return;
      try {
        results.set(index, await map(item));
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(most, list.length) }, work));
  return [...results].toSorted(([a], [b]) => a - b).map(([, result]) => result);
}

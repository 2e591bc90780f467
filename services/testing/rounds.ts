import { isFull } from '#chaos/effort.ts';

/** How often what races is raced: enough to notice, or what the full run promises. */
export const ROUNDS = isFull(process.env) ? 100 : 20;

/** Runs `work` so often, some at a time: they are about things of their own. */
export async function inRounds(work: (round: number) => Promise<void>): Promise<void> {
  const queue = Array.from({ length: ROUNDS }, (_, round) => round);
  const lane = async (): Promise<void> => {
    for (let round = queue.shift(); round !== undefined; round = queue.shift()) await work(round);
  };
  await Promise.all([lane(), lane(), lane()]);
}

import { readAnswer, writeAnswer, type ItemResult } from '../protocol/answer.ts';
import type { BatchOptions, EntityItems } from '../protocol/body.ts';
import type { PackedBatch, Peer } from '../worker/post.ts';

/** A batch without a body: what is in it is told by its groups. */
export const packed = (groups: readonly EntityItems[]): PackedBatch => ({
  groups,
  body: Buffer.alloc(1),
  byColumn: false,
  rawBytes: 1,
  count: groups.reduce((sum, { items }) => sum + items.length, 0),
});

/** A peer that answers as the test says, without a border between; what it says has to be an answer that can be written and read. */
export function fakePeer(apply: (groups: readonly EntityItems[], options: BatchOptions) => Promise<ItemResult[]>): Peer {
  async function answer(groups: readonly EntityItems[], options: BatchOptions): Promise<ItemResult[]> {
    const text = writeAnswer('digest', await apply(groups, options));
    const read = readAnswer(text, 'digest', packed(groups).count);
    if (read === undefined) throw new Error(`no answer to this batch: ${text}`);
    return read.results;
  }
  return {
    pack: async (groups) => packed(groups),
    post: async ({ groups }) => ({ results: await answer(groups, {}), peerMs: 0 }),
    apply: async (groups, _signal, options = {}) => answer(groups, options),
    probe: async () => undefined,
    close: async () => undefined,
  };
}

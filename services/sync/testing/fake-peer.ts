import type { ItemResult } from '../protocol/answer.ts';
import type { BatchOptions, EntityItems } from '../protocol/body.ts';
import type { Peer } from '../worker/post.ts';

/** A peer that answers as the test says, without a border between. */
export function fakePeer(apply: (groups: readonly EntityItems[], options: BatchOptions) => Promise<ItemResult[]>): Peer {
  return {
    async pack(groups) {
      return {
        groups,
        body: Buffer.alloc(1),
        byColumn: false,
        rawBytes: 1,
        count: groups.reduce((sum, { items }) => sum + items.length, 0),
      };
    },
    post: async ({ groups }) => apply(groups, {}),
    apply: async (groups, _signal, options = {}) => apply(groups, options),
    probe: async () => undefined,
    close: async () => undefined,
  };
}

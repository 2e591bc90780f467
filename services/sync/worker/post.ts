import { promisify } from 'node:util';
import { constants, zstdCompress } from 'node:zlib';

import { BATCH_TYPE, readAnswer, writeBatch, type EntityItems, type ItemResult } from '../protocol/body.ts';
import { connectSigned, NotAcknowledged, type ConnectionOptions } from './signed.ts';

const compress = promisify(zstdCompress);
const APPLY_PATH = '/sync/v1/apply';

export interface Peer {
  /** Posts a batch; answers every item, in order. Throws NotAcknowledged for anything but a well-formed, signed answer to this very body. */
  apply(groups: readonly EntityItems[], signal: AbortSignal): Promise<ItemResult[]>;
  /** Throws NotAcknowledged while the peer's ingest does not answer. */
  probe(signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/** The peer's ingest, over several keep-alive connections: a slow border is filled by many requests under way, not by large ones. */
export function connectPeer(options: ConnectionOptions & { readonly region: string }): Peer {
  const connection = connectSigned(options);
  return {
    async apply(groups, signal) {
      const count = groups.reduce((sum, group) => sum + group.items.length, 0);
      const body = await compress(Buffer.from(writeBatch(`madeinworld/${options.region}`, groups)), {
        params: { [constants.ZSTD_c_compressionLevel]: 3 },
      });
      const answer = await connection.post(APPLY_PATH, BATCH_TYPE, body, signal);
      const results = readAnswer(answer.body.toString('utf8'), answer.digest, count);
      if (results === undefined) throw new NotAcknowledged('the peer answered something that is no answer to this batch', { status: 200 });
      return results;
    },
    probe: connection.probe,
    close: connection.close,
  };
}

import { promisify } from 'node:util';
import { constants, zstdCompress } from 'node:zlib';

import type { Exchange, WorkerObserver } from '../operate/observer.ts';
import { BATCH_TYPE, readAnswer, writeBatch, type BatchOptions, type EntityItems, type ItemResult } from '../protocol/body.ts';
import { reasonOf } from './reasons.ts';
import { connectSigned, NotAcknowledged, type ConnectionOptions } from './signed.ts';

const compress = promisify(zstdCompress);
const APPLY_PATH = '/sync/v1/apply';

/** What went over the border in one request. */
interface Wire {
  nonce: string;
  sentBytes: number;
  receivedBytes: number;
}

export interface Peer {
  /** Posts a batch; answers every item, in order. Throws NotAcknowledged for anything but a well-formed, signed answer to this very body. */
  apply(groups: readonly EntityItems[], signal: AbortSignal, options?: BatchOptions): Promise<ItemResult[]>;
  /** Throws NotAcknowledged while the peer's ingest does not answer. */
  probe(signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/** The peer's ingest, over several keep-alive connections: a slow border is filled by many requests under way, not by large ones. */
export function connectPeer(options: ConnectionOptions & { readonly region: string; readonly observer?: WorkerObserver }): Peer {
  const connection = connectSigned(options);
  const { clock, observer } = options;

  /** One request with its answer; `wire` learns what went over the border. */
  async function exchange(
    groups: readonly EntityItems[],
    batchOptions: BatchOptions,
    wire: Wire,
    signal: AbortSignal,
  ): Promise<ItemResult[]> {
    const count = groups.reduce((sum, group) => sum + group.items.length, 0);
    const body = await compress(Buffer.from(writeBatch(`madeinworld/${options.region}`, groups, batchOptions)), {
      params: { [constants.ZSTD_c_compressionLevel]: 3 },
    });
    wire.sentBytes = body.length;
    const answer = await connection.post(APPLY_PATH, BATCH_TYPE, body, signal);
    wire.nonce = answer.nonce;
    wire.receivedBytes = answer.body.length;
    const results = readAnswer(answer.body.toString('utf8'), answer.digest, count);
    if (results === undefined) {
      throw new NotAcknowledged('the peer answered something that is no answer to this batch', { status: 200, code: 'answer_malformed' });
    }
    return results;
  }

  return {
    async apply(groups, signal, batchOptions = {}) {
      const startedAt = clock.now();
      const wire = { nonce: '', sentBytes: 0, receivedBytes: 0 };
      const told = (end: Exchange['end']): void => observer?.exchanged({ groups, ...wire, ms: clock.now() - startedAt, end });
      observer?.posting();
      try {
        const answers = await exchange(groups, batchOptions, wire, signal);
        told({ answers });
        return answers;
      } catch (error) {
        told({ failure: reasonOf(error).code });
        throw error;
      }
    },
    probe: connection.probe,
    close: connection.close,
  };
}

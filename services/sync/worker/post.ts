import { promisify } from 'node:util';
import { constants, zstdCompress } from 'node:zlib';

import { createPlaces } from '#platform/places.ts';

import type { Exchange, WorkerObserver } from '../operate/observer.ts';
import { readAnswer, type ItemResult } from '../protocol/answer.ts';
import { BATCH_TYPE, writeBatch, type BatchOptions, type EntityItems } from '../protocol/body.ts';
import { TRACES_HEADER } from '../protocol/versions.ts';
import { levelOf, measured, unmeasured } from './flow/compression.ts';
import { answeredBy, isByColumn, notRead, unknownPeer } from './flow/layout.ts';
import { NotAcknowledged } from './not-acknowledged.ts';
import { reasonOf } from './reasons.ts';
import { connectSigned, type ConnectionOptions } from './signed.ts';

const compress = promisify(zstdCompress);
const APPLY_PATH = '/sync/v1/apply';
/** Each holds a body before compression and a compressor's tables, some 10 MB; more at once would be no faster. */
const MOST_PACKED_AT_ONCE = 2;

/** What went over the border in one request. */
interface Wire {
  nonce: string;
  sentBytes: number;
  receivedBytes: number;
}

/** A batch ready to be sent: as often as it takes, each time under a new signature. */
export interface PackedBatch {
  readonly groups: readonly EntityItems[];
  readonly body: Buffer;
  readonly byColumn: boolean;
  readonly count: number;
  readonly rawBytes: number;
}

export interface PostOptions {
  readonly timeoutMs?: number;
  /** W3C trace contexts of what led to the batch. */
  readonly traces?: readonly string[];
}

export interface Posted {
  readonly results: ItemResult[];
  /** How long the peer says that it worked on the batch; 0 where it says nothing. Not signed: good for tuning only. */
  readonly peerMs: number;
}

export interface Peer {
  pack(groups: readonly EntityItems[], options?: BatchOptions): Promise<PackedBatch>;
  /** Posts a packed batch; answers every item, in order. Throws NotAcknowledged for anything but a well-formed, signed answer to this very body. */
  post(batch: PackedBatch, signal: AbortSignal, options?: PostOptions): Promise<Posted>;
  /** Packs and posts; answers every item, in order. */
  apply(groups: readonly EntityItems[], signal: AbortSignal, options?: BatchOptions): Promise<ItemResult[]>;
  /** Throws NotAcknowledged while the peer's ingest does not answer, or speaks no version of ours. */
  probe(signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/** The peer's ingest, over several keep-alive connections: a slow border is filled by many requests under way, not by large ones. */
export function connectPeer(options: ConnectionOptions & { readonly region: string; readonly observer?: WorkerObserver }): Peer {
  const connection = connectSigned(options);
  const { clock, observer } = options;
  const packing = createPlaces(MOST_PACKED_AT_ONCE);
  let compression = unmeasured;
  let layout = unknownPeer;

  async function pack(groups: readonly EntityItems[], batchOptions: BatchOptions = {}): Promise<PackedBatch> {
    return packing.run(async () => {
      const byColumn = isByColumn(layout, compression, clock.now());
      const raw = Buffer.from(writeBatch(`madeinworld/${options.region}`, groups, { ...batchOptions, byColumn }));
      const body = await compress(raw, { params: { [constants.ZSTD_c_compressionLevel]: levelOf(compression) } });
      return { groups, body, byColumn, count: groups.reduce((sum, group) => sum + group.items.length, 0), rawBytes: raw.length };
    });
  }

  /** One request with its answer; `wire` learns what went over the border. */
  async function exchange({ body, count }: PackedBatch, wire: Wire, signal: AbortSignal, { timeoutMs, traces = [] }: PostOptions) {
    const [first] = traces;
    const startedAt = clock.now();
    const answer = await connection.post(APPLY_PATH, BATCH_TYPE, body, signal, {
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
      ...(first === undefined ? {} : { headers: { traceparent: first, [TRACES_HEADER]: traces.join(',') } }),
    });
    compression = measured(compression, body.length, clock.now() - startedAt, answer.peerMs);
    wire.nonce = answer.nonce;
    wire.receivedBytes = answer.body.length;
    const read = readAnswer(answer.body.toString('utf8'), answer.digest, count);
    if (read !== undefined) {
      layout = answeredBy(layout, read.protocol);
      return { results: read.results, peerMs: answer.peerMs };
    }
    throw new NotAcknowledged('answer', 'the peer answered something that is no answer to this batch', {
      status: 200,
      code: 'answer_malformed',
    });
  }

  async function post(batch: PackedBatch, signal: AbortSignal, how: PostOptions = {}): Promise<Posted> {
    const startedAt = clock.now();
    const { groups } = batch;
    const wire = { nonce: '', sentBytes: batch.body.length, receivedBytes: 0 };
    const told = (end: Exchange['end']): void => observer?.exchanged({ groups, ...wire, ms: clock.now() - startedAt, end });
    observer?.posting();
    try {
      const posted = await exchange(batch, wire, signal, how);
      told({ answers: posted.results });
      return posted;
    } catch (error) {
      if (batch.byColumn && error instanceof NotAcknowledged && error.status === 400) layout = notRead(layout, clock.now());
      told({ failure: reasonOf(error).code });
      throw error;
    }
  }

  return {
    pack,
    post,
    apply: async (groups, signal, batchOptions) => (await post(await pack(groups, batchOptions), signal)).results,
    probe: connection.probe,
    close: connection.close,
  };
}

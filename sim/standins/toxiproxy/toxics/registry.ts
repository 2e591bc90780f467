import { bandwidth } from './bandwidth.ts';
import { latency } from './latency.ts';
import { limitData } from './limit-data.ts';
import { noop } from './noop.ts';
import { resetPeer } from './reset-peer.ts';
import { slicer } from './slicer.ts';
import { slowClose } from './slow-close.ts';
import { timeout } from './timeout.ts';
import type { ToxicKind } from './toxic.ts';

const kinds: readonly ToxicKind[] = [noop, latency, bandwidth, slowClose, timeout, resetPeer, slicer, limitData];

/** All toxics of Toxiproxy 2.12 by their type: https://github.com/Shopify/toxiproxy/tree/v2.12.0#toxics */
export const toxicKinds: ReadonlyMap<string, ToxicKind> = new Map(kinds.map((kind) => [kind.type, kind]));

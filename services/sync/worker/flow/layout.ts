import { readsByColumn } from '../../protocol/versions.ts';
import { isThorough, type Compression } from './compression.ts';

/** How items are laid out in a body: by column where the wire is slow and the peer reads that. */
export interface Layout {
  readonly peerReads: boolean;
  /** Until then no body is laid out by column. */
  readonly byItemUntilMs: number;
}

/** While a deployment rolls, nodes of two versions answer in turn: what one of them could not read is not tried again for so long. */
const BY_ITEM_MS = 600_000;

/** Nothing is known of the peer yet: every version reads items. */
export const unknownPeer: Layout = { peerReads: false, byItemUntilMs: -Infinity };

export const isByColumn = (layout: Layout, compression: Compression, nowMs: number): boolean =>
  layout.peerReads && nowMs >= layout.byItemUntilMs && isThorough(compression);

/** Takes note of a signed answer, and of the version that it says the peer writes. */
export const answeredBy = (layout: Layout, protocol: string | undefined): Layout => ({ ...layout, peerReads: readsByColumn(protocol) });

/** Takes note that a body by column was not understood. */
export const notRead = (layout: Layout, nowMs: number): Layout => ({ ...layout, byItemUntilMs: nowMs + BY_ITEM_MS });

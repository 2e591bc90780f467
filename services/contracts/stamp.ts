import { Type, type Static } from 'typebox';

const Int8Text = Type.String({ pattern: '^[0-9]{1,19}$' });

/**
 * The stamp of a synced row: `version` is a hybrid logical clock (48 bits of milliseconds, 16 of counter; text, since an int8 does not fit
 * a JavaScript number), `origin` the region and incarnation that wrote it, `vector` what this version had seen of other origins.
 */
export const Stamp = Type.Object({
  version: Int8Text,
  origin: Type.String({ pattern: '^[a-z]+#[0-9]+$' }),
  vector: Type.Record(Type.String(), Int8Text),
});
export type Stamp = Static<typeof Stamp>;

/** The strong entity tag (RFC 9110, section 8.8.3) of a synced row. */
export function etagOf(stamp: Pick<Stamp, 'version' | 'origin'>): string {
  return `"${stamp.version}-${stamp.origin}"`;
}

import { Type, type Static } from 'typebox';

/** The two clouds. A third would need a second peer a direction: see docs/architecture.md. */
export const Region = Type.Union([Type.Literal('world'), Type.Literal('china')]);
export type Region = Static<typeof Region>;

/** The region that `region` syncs with. */
export function peerOf(region: Region): Region {
  return region === 'world' ? 'china' : 'world';
}

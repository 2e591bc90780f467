import { Type, type Static } from 'typebox';

import { ChineseAddress, WesternAddress } from './user.ts';

/** Where it goes: as people of the world or of China write it. */
export const ShippingAddress = Type.Union([WesternAddress, ChineseAddress]);
export type ShippingAddress = Static<typeof ShippingAddress>;

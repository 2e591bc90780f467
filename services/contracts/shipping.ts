import { Type, type Static } from 'typebox';

import { Country } from './country.ts';
import { ChineseAddress, WesternAddress } from './user.ts';
import { closed } from './values.ts';

/** Where it goes: as people of the world or of China write it. */
export const ShippingAddress = Type.Union([WesternAddress, ChineseAddress]);
export type ShippingAddress = Static<typeof ShippingAddress>;

/** The same as it comes in. */
export const ShippingAddressWriting = Type.Union([Type.Object({ ...WesternAddress.properties, country: Country }, closed), ChineseAddress]);

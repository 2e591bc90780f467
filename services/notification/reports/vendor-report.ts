import type { Bounce } from '#contracts/notification.ts';

/**
 * What a parser of one vendor answers: undefined where the message is of another, `malformed` where it is of this one and not as documented. An address may be any text
 * here.
 */
export type VendorReport = readonly Bounce[] | 'malformed' | undefined;

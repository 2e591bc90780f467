import { Type } from 'typebox';
import { defineToxic, passThrough } from './toxic.ts';

/** Does nothing; it is a valid type in the original's API. */
export const noop = defineToxic({ type: 'noop', goName: 'NoopToxic', schema: Type.Object({}), effect: () => passThrough });

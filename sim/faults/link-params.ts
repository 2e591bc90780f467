import { Type, type Static } from 'typebox';

const part = {
  /** One way alone: `up` is from the consumer to the upstream. */
  stream: Type.Optional(Type.Enum(['up', 'down'])),
  /** Of the connections, drawn for each stream of each. */
  share: Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 1 })),
};
const strict = { additionalProperties: false };

export const CutParams = Type.Object({ how: Type.Enum(['refuse', 'blackhole']), ...part }, strict);
export const SlowParams = Type.Object(
  {
    rttMs: Type.Optional(Type.Number({ minimum: 0 })),
    jitterMs: Type.Optional(Type.Number({ minimum: 0 })),
    rateBitsPerSecond: Type.Optional(Type.Number({ exclusiveMinimum: 0 })),
    ...part,
  },
  strict,
);
export const ResetParams = Type.Object({ afterMs: Type.Optional(Type.Number({ minimum: 0 })), ...part }, strict);
export const LimitParams = Type.Object({ bytes: Type.Integer({ minimum: 1 }), ...part }, strict);
export const SliceParams = Type.Object(
  { bytes: Type.Integer({ minimum: 1 }), delayMs: Type.Optional(Type.Number({ minimum: 0 })), ...part },
  strict,
);
export const PresetParams = Type.Object(
  { name: Type.String(), seed: Type.Optional(Type.Integer({ minimum: 0, maximum: 0xff_ff_ff_ff })), stream: part.stream },
  strict,
);

export type CutParams = Static<typeof CutParams>;
export type SlowParams = Static<typeof SlowParams>;
export type ResetParams = Static<typeof ResetParams>;
export type LimitParams = Static<typeof LimitParams>;
export type SliceParams = Static<typeof SliceParams>;
export type PresetParams = Static<typeof PresetParams>;
export type Way = 'up' | 'down';

/** OTLP's JSON (https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding): names in lowerCamelCase, ids in hex, enums as numbers, 64-bit numbers as text. */
export interface KeyValue {
  readonly key: string;
  readonly value: { readonly stringValue: string } | { readonly intValue: string };
}

export type Attributes = Readonly<Record<string, string | number | undefined>>;

export interface Resource {
  readonly attributes: readonly KeyValue[];
}

export const SCOPE = { name: 'madeinworld' } as const;

/** Undefined ones are left out. */
export function attributesOf(attributes: Attributes): KeyValue[] {
  return Object.entries(attributes).flatMap(([key, value]) => {
    if (value === undefined) return [];
    return [{ key, value: typeof value === 'number' ? { intValue: String(value) } : { stringValue: value } }];
  });
}

/** Nanoseconds since the epoch, of which a double does not hold all: whole milliseconds and the rest are written apart. */
export function nanosecondsOf(ms: number): string {
  const whole = Math.floor(ms);
  return String(BigInt(whole) * 1_000_000n + BigInt(Math.round((ms - whole) * 1e6)));
}

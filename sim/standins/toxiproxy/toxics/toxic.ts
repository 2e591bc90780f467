import { Type, type Static, type TObject } from 'typebox';
import { Value } from 'typebox/value';

/** How a stream ends: the peer said FIN, a toxic (or a dead socket) closes it, or it is to be reset with RST. */
export type Ending = 'eof' | 'close' | 'reset';

/** Bytes in flight and when they came in (on the clock of the server, in ms); a delay counts from there. */
export interface Chunk {
  readonly data: Buffer;
  readonly arrivedAtMs: number;
}

/** What a stage does next with the item it holds. `fate: 'drop'` throws the item away; bytes not emitted are otherwise still owed. */
export type Step =
  | { readonly do: 'emit'; readonly chunk: Chunk }
  | { readonly do: 'wait'; readonly untilMs: number }
  | { readonly do: 'drop' }
  | { readonly do: 'end'; readonly ending: Ending };

/** What a toxic does to one direction of one connection: pure descriptions of steps, run by a stage. */
export interface Effect {
  onChunk(chunk: Chunk, now: () => number): Iterable<Step>;
  onEnd(ending: Ending, now: () => number): Iterable<Step>;
  /** Closes the stream when nothing came in for so long. */
  readonly idleMs?: number;
}

/** State that lives as long as a toxic is on a connection, whatever updates the toxic sees. */
export interface StageMemory {
  transmittedBytes: number;
}

export interface EffectContext {
  readonly random: () => number;
  readonly memory: StageMemory;
}

export type Attributes = Readonly<Record<string, number>>;

export interface ToxicKind {
  readonly type: string;
  /** The name that the original gives in its error messages. */
  readonly goName: string;
  readonly schema: TObject;
  /** Chunks held per connection; more than that pushes back on the sender. */
  readonly bufferChunks: number;
  /** Whether taking the toxic away closes the connections it was on. */
  readonly closesOnRemoval: boolean;
  effect(attributes: Attributes, context: EffectContext): Effect;
}

interface ToxicSpec<S extends TObject> {
  readonly type: string;
  readonly goName: string;
  readonly schema: S;
  readonly bufferChunks?: number;
  readonly closesOnRemoval?: boolean;
  effect(attributes: Static<S>, context: EffectContext): Effect;
}

/** Declares a kind of toxic; its effect sees the attributes as its own schema types them. */
export function defineToxic<S extends TObject>(spec: ToxicSpec<S>): ToxicKind {
  return {
    type: spec.type,
    goName: spec.goName,
    schema: spec.schema,
    bufferChunks: spec.bufferChunks ?? 1,
    closesOnRemoval: spec.closesOnRemoval ?? false,
    effect: (attributes, context) => spec.effect(Value.Parse(spec.schema, attributes), context),
  };
}

/** An integer attribute, named in error messages by the type the original decodes it into. */
export const int64 = Type.Integer({ goType: 'int64' });
export const int = Type.Integer({ goType: 'int' });

/** The effect that leaves everything as it is, on which others build. */
export const passThrough: Effect = {
  *onChunk(chunk) {
    yield { do: 'emit', chunk };
  },
  *onEnd(ending) {
    yield { do: 'end', ending };
  },
};

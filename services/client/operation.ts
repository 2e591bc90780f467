import type { Static, TSchema } from 'typebox';

import type { AccountRole } from '#contracts/auth.ts';

/** One operation of the public API, as its OpenAPI document has it: a test holds each against what the services declare. */
export interface ClientOperation {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** With placeholders as in `/v1/products/:id`. */
  readonly path: string;
  readonly params?: TSchema;
  readonly query?: TSchema;
  readonly body?: TSchema;
  /** The body of success; null where there is none. */
  readonly answer: TSchema | null;
  /** The media types of a body that is sent as it is. */
  readonly takes?: readonly string[];
  /** The media types of an answer that is no JSON value: its text is answered. */
  readonly media?: readonly string[];
  readonly needs?: readonly ('if-match' | 'idempotency-key')[];
  /** Who is let in to all that is there. Absent: everybody, or each to what is theirs. */
  readonly roles?: readonly AccountRole[];
}

type Part<Operation, Name extends string> =
  Operation extends Readonly<Record<Name, infer Schema extends TSchema>> ? Readonly<Record<Name, Static<Schema>>> : unknown;

type Needs<Operation, Header extends string> = Operation extends { readonly needs: readonly (infer Needed)[] }
  ? Header extends Needed
    ? true
    : false
  : false;

type Taken<Operation> = Operation extends { readonly takes: readonly (infer Media)[] }
  ? { readonly body: string | Uint8Array<ArrayBuffer>; readonly contentType: Media }
  : unknown;

/** What a call takes: exactly what its operation names. */
export type Input<Operation extends ClientOperation> = Part<Operation, 'params'> &
  Part<Operation, 'query'> &
  Part<Operation, 'body'> &
  Taken<Operation> &
  (Needs<Operation, 'if-match'> extends true ? { readonly ifMatch: string } : unknown) &
  (Needs<Operation, 'idempotency-key'> extends true ? { readonly idempotencyKey: string } : unknown) & {
    /** What else goes along: a cart's token. */
    readonly headers?: Readonly<Record<string, string>>;
  };

export type Output<Operation extends ClientOperation> = Operation extends { readonly media: readonly string[] }
  ? string
  : Operation['answer'] extends TSchema
    ? Static<Operation['answer']>
    : undefined;

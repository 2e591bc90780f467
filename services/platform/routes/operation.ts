import type { TSchema } from 'typebox';

import type { ErrorCode } from '#contracts/errors.ts';

import type { Role } from '../access.ts';
import type { StreamedBody } from './streamed-body.ts';

/** Who may call a route. */
export interface RouteAccess {
  /** The roles that are let in, or anyone: then a token is read where one is sent, and has to be good. */
  readonly roles: readonly Role[] | 'anyone';
  /** Of those, the roles that reach nothing but what is their own: the service asks whose it is, and answers 404 for what is somebody else's. */
  readonly own?: readonly Role[];
  /** The route proves by itself who calls: a token that is sent along, an expired one too, is not looked at. */
  readonly token?: 'ignored';
  /** What else lets a caller in, where that is no role: the bearer of a cart's token, the provider that signed a callback. */
  readonly otherwise?: string;
}

/** A request header that a route cannot do without. */
export type RequiredHeader = 'if-match' | 'idempotency-key';

/** A response header that says something of what the success was about: `etag` of 200 and 201, `location` of 201. */
export type ToldHeader = 'etag' | 'location';

/** What is declared of a route: the OpenAPI document, the check of the caller, and the tests are made of it. */
export interface Operation {
  /** `operationId` of OpenAPI: one a service, in lower camel case. */
  readonly id: string;
  readonly summary: string;
  readonly access: RouteAccess;
  /** The bodies of success by their status; `null` where there is none. */
  readonly answers: Readonly<Record<number, TSchema | null>>;
  /** The error codes of the route itself; what its body, its access and every route bring is added by `errorsOf`. */
  readonly errors: readonly ErrorCode[];
  readonly example: { readonly params?: object; readonly query?: object; readonly body?: unknown; readonly answer?: unknown };
  readonly needs?: readonly RequiredHeader[];
  /** What else it reads of the request's headers, by name; `Type.Optional` where it can do without. It is for the document: the handler reads it, and says what is wrong with it. */
  readonly reads?: Readonly<Record<string, TSchema>>;
  readonly tells?: readonly ToldHeader[];
  /** A request without a body counts as one with an empty object. */
  readonly bodyMayBeAbsent?: true;
  /** The body of a request that is streamed; `example.body` is then its text. */
  readonly takes?: StreamedBody;
  /** The media types of an answer that is not one JSON value. Of `application/x-ndjson` the schema is that of a line, unless it is one of text. */
  readonly media?: readonly string[];
}

/** The schemas of what comes in; Fastify checks them before the handler runs. */
export interface RequestSchemas {
  readonly params?: TSchema;
  readonly querystring?: TSchema;
  readonly body?: TSchema;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    operation?: DeclaredOperation;
    /** Of the process itself (/livez, /metrics, /docs), and no part of the API. */
    internal?: true;
  }
}

export interface DeclaredOperation extends Operation {
  readonly request: RequestSchemas;
}

/**
 * The options of a route, made from its declaration: `app.get(url, operation({...}), handler)`. The handler's request is typed by `request`.
 */
export function operation<const Schemas extends RequestSchemas>(
  declared: Operation & { readonly request: Schemas },
): { schema: Schemas; config: { operation: DeclaredOperation } } {
  return { schema: declared.request, config: { operation: declared } };
}

/** Every code that a caller of the route may be answered. Pure. */
export function errorsOf({ request, access, errors, needs = [], takes }: DeclaredOperation): ErrorCode[] {
  const all = new Set<ErrorCode>(errors);
  if (request.params !== undefined || request.querystring !== undefined || request.body !== undefined || takes !== undefined) {
    all.add('invalid_request');
  }
  // Of the connection, before any route is asked.
  for (const code of ['malformed_request', 'request_timeout', 'headers_too_large'] as const) all.add(code);
  // Fastify looks at a body wherever the method may have one, declared or not.
  for (const code of ['malformed_body', 'body_too_large', 'unsupported_media_type'] as const) all.add(code);
  all.add('unauthenticated');
  if (access.roles !== 'anyone') all.add('forbidden');
  if (needs.includes('if-match')) all.add('if_match_required').add('stale');
  if (needs.includes('idempotency-key')) {
    all.add('idempotency_key_missing').add('idempotency_key_reused').add('request_in_flight');
  }
  for (const code of ['too_many_requests', 'internal', 'unavailable'] as const) all.add(code);
  return [...all];
}

import { Type, type TSchema } from 'typebox';
import { Value } from 'typebox/value';

import { errorTable, problemOf, type ErrorCode } from '#contracts/errors.ts';
import { Money, Uuid } from '#contracts/values.ts';

import type { DeclaredRoute } from './enforce.ts';
import { errorsOf, type DeclaredOperation, type RequiredHeader, type ToldHeader } from './operation.ts';

const headerTexts: Readonly<Record<RequiredHeader, string>> = {
  'if-match': 'The entity tag of the version that was seen (RFC 9110, section 13.1.1)',
  'idempotency-key': 'Names this request: sent again with the same key, it is done once',
};

const text = (description: string): TSchema => Type.String({ description });
const everyHeader = {
  'x-correlation-id': text('The same in logs and messages: name it where something went wrong'),
  ratelimit: text('What is left to this caller (draft-ietf-httpapi-ratelimit-headers-10)'),
  'ratelimit-policy': text('How much there is for a caller'),
};
const toldHeaders: Readonly<Record<ToldHeader, TSchema>> = {
  etag: text('The version that was answered, for If-Match (RFC 9110, section 8.8.3)'),
  location: text('Where what was made is found'),
};
const retryAfter = { 'retry-after': text('In how many seconds to come again (RFC 9110, section 10.2.3)') };

/** Which of the headers that it tells an operation sends with a success of `status`. Pure. */
export const toldWith = ({ tells = [] }: DeclaredOperation, status: number): ToldHeader[] =>
  tells.filter((name) => status === 201 || (status === 200 && name === 'etag'));

/** An RFC 9457 problem, as far as all codes have it. */
export const ProblemBody = Type.Object({
  type: Type.String(),
  title: Type.String(),
  status: Type.Integer(),
  code: Type.String(),
  detail: Type.Optional(Type.String()),
  correlationId: Type.Optional(Type.String()),
  errors: Type.Optional(Type.Array(Type.Object({ field: Type.String(), message: Type.String() }))),
  spoken: Type.Optional(Type.Array(Type.String())),
  total: Type.Optional(Money),
  short: Type.Optional(Type.Array(Type.Object({ productId: Uuid, available: Type.Integer({ minimum: 0 }) }))),
});

/** The errors of a route as OpenAPI wants them: by status, each with the codes that it may carry and an example of each. */
function problemResponses(operation: DeclaredOperation): Record<string, object> {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of errorsOf(operation)) {
    const { status } = errorTable[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => [
      status,
      {
        description: codes.map((code) => errorTable[code].title).join('; '),
        headers: { ...everyHeader, ...(status === 429 || status === 503 ? retryAfter : {}) },
        content: {
          'application/problem+json': {
            schema: Type.Object({
              ...ProblemBody.properties,
              status: Type.Literal(status),
              code: Type.Union(codes.map((code) => Type.Literal(code))),
            }),
            examples: Object.fromEntries(codes.map((code) => [code, { value: problemOf(code) }])),
          },
        },
      },
    ]),
  );
}

const successTexts: Readonly<Record<number, string>> = { 200: 'Done', 201: 'Made', 202: 'Taken on', 204: 'Done; there is nothing to say' };

function successResponses(operation: DeclaredOperation): Record<string, object> {
  const { answers, example, media = ['application/json'] } = operation;
  return Object.fromEntries(
    Object.entries(answers).map(([status, schema]) => {
      const description = successTexts[Number(status)] ?? 'Done';
      const headers = {
        ...everyHeader,
        ...Object.fromEntries(toldWith(operation, Number(status)).map((name) => [name, toldHeaders[name]])),
      };
      if (schema === null) return [status, { description, headers, type: 'null' }];
      const content = { schema, ...(example.answer === undefined ? {} : { example: example.answer }) };
      return [status, { description, headers, content: Object.fromEntries(media.map((type) => [type, content])) }];
    }),
  );
}

/** Query and path parameters with the values of the example. */
function withExamples(schema: TSchema | undefined, values: object | undefined): object | undefined {
  if (schema === undefined || !Type.IsObject(schema)) return schema;
  const examples = new Map<string, unknown>(Object.entries(values ?? {}));
  const properties = Object.entries(schema.properties).map(([name, property]) => [
    name,
    examples.has(name) ? { ...property, example: examples.get(name) } : property,
  ]);
  return { ...schema, properties: Object.fromEntries(properties) };
}

interface DescribedPaths {
  readonly paths?: Readonly<Record<string, object | undefined>>;
}

/** `document` with what @fastify/swagger cannot say: which bodies may be absent. */
export function withAbsentBodies<Document extends DescribedPaths>(document: Document, routes: readonly DeclaredRoute[]): Document {
  const absent = new Set(routes.flatMap(({ operation }) => (operation.bodyMayBeAbsent === true ? [operation.id] : [])));
  const paths = Object.entries(document.paths ?? {}).map(([path, methods]) => [
    path,
    Object.fromEntries(Object.entries(methods ?? {}).map(([method, described]) => [method, withAbsentBody(described, absent)])),
  ]);
  return { ...document, paths: Object.fromEntries(paths) };
}

const Described = Type.Object({ operationId: Type.String(), requestBody: Type.Object({ required: Type.Boolean() }) });

const withAbsentBody = (described: unknown, absent: ReadonlySet<string>): unknown =>
  Value.Check(Described, described) && absent.has(described.operationId)
    ? { ...described, requestBody: { ...described.requestBody, required: false } }
    : described;

/** The route's schema in the words of @fastify/swagger. */
export function openapiSchemaOf({ operation }: DeclaredRoute, service: string): object {
  const { id, summary, access, request, example, needs = [], reads = {}, takes } = operation;
  const who = access.roles === 'anyone' ? 'Anyone' : access.roles.join(', ');
  const own = access.own === undefined ? '' : ` Own objects alone: ${access.own.join(', ')}.`;
  const otherwise = access.otherwise === undefined ? '' : ` Or: ${access.otherwise}.`;
  const headers = { ...Object.fromEntries(needs.map((name) => [name, text(headerTexts[name])])), ...reads };
  return {
    operationId: id,
    summary,
    description: `For: ${who}.${own}${otherwise}`,
    tags: [service],
    security: access.token === 'ignored' ? [{}] : access.roles === 'anyone' ? [{}, { bearer: [] }] : [{ bearer: [] }],
    ...(request.params === undefined ? {} : { params: withExamples(request.params, example.params) }),
    ...(request.querystring === undefined ? {} : { querystring: withExamples(request.querystring, example.query) }),
    ...(Object.keys(headers).length === 0 ? {} : { headers: Type.Object(headers) }),
    ...(request.body === undefined ? {} : { body: { ...request.body, examples: [example.body] } }),
    ...(takes === undefined ? {} : { consumes: takes.media, body: Type.String({ examples: [example.body] }) }),
    response: { ...successResponses(operation), ...problemResponses(operation) },
  };
}

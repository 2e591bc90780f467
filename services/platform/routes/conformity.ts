import { Readable } from 'node:stream';
import { isDeepStrictEqual } from 'node:util';

import { Type, type TSchema } from 'typebox';
import { Value } from 'typebox/value';

import type { App } from '../app.ts';
import { ProblemBody, toldWith } from './document.ts';
import { errorsOf, type DeclaredOperation } from './operation.ts';

const PROBLEM = 'application/problem+json';
const LINES = 'application/x-ndjson';

/** What is wrong with an answer, or undefined where it is as declared. `text` is the body; empty where there is none. Pure. */
export function faultOf(declared: DeclaredOperation, status: number, text: string): string | undefined {
  if (status >= 400) {
    const problem: unknown = JSON.parse(text);
    if (!Value.Check(ProblemBody, problem)) return `${status} is no problem document: ${text}`;
    return errorsOf(declared).some((code) => code === problem.code)
      ? undefined
      : `${declared.id} does not declare the error ${problem.code}`;
  }
  if (status === 304) return undefined;
  const schema = declared.answers[status];
  if (schema === undefined) return `${declared.id} does not declare an answer ${status}`;
  if (schema === null) return text === '' ? undefined : `${declared.id} declares no body for ${status}, and sends one`;
  if (declared.media !== undefined)
    return declared.media.includes(LINES) && !Type.IsString(schema) ? faultOfLines(declared, schema, text) : undefined;
  const body: unknown = JSON.parse(text);
  const errors = Value.Errors(schema, body).map(({ instancePath, message }) => `${instancePath || '/'} ${message}`);
  if (errors.length === 0) return faultOfFields(declared, schema, body);
  return `${declared.id} answers ${status} otherwise than declared: ${errors.join('; ')}`;
}

/** A field that nobody declared may be somebody's secret: a row that is sent as it was read. */
function faultOfFields(declared: DeclaredOperation, schema: TSchema, body: unknown): string | undefined {
  const told = Value.Clean(schema, structuredClone(body));
  return isDeepStrictEqual(told, body) ? undefined : `${declared.id} sends fields that it does not declare: ${JSON.stringify(body)}`;
}

function faultOfLines(declared: DeclaredOperation, schema: TSchema, text: string): string | undefined {
  if (!text.endsWith('\n')) return `${declared.id} ends within a line`;
  const wrong = text
    .split('\n')
    .slice(0, -1)
    .find((line) => !Value.Check(schema, JSON.parse(line)) || faultOfFields(declared, schema, JSON.parse(line)) !== undefined);
  return wrong === undefined ? undefined : `${declared.id} has a line otherwise than declared: ${wrong}`;
}

/** What is wrong with the headers of an answer. Pure. */
export function headerFaultOf(
  declared: DeclaredOperation,
  status: number,
  { 'content-type': type, ...headers }: Readonly<Record<string, unknown>>,
): string | undefined {
  if (status >= 400 && !String(type).startsWith(PROBLEM)) return `${declared.id} answers ${status} as ${String(type)}`;
  if ((status === 429 || status === 503) && headers['retry-after'] === undefined) {
    return `${declared.id} answers ${status} and does not say when to come again`;
  }
  if (status >= 300) return undefined;
  const told = toldWith(declared, status);
  const wrong = (['etag', 'location'] as const).find((name) => (headers[name] !== undefined) !== told.includes(name));
  return wrong === undefined
    ? undefined
    : `${declared.id} answers ${status} ${told.includes(wrong) ? 'without' : 'with'} ${wrong}, otherwise than declared`;
}

/** The same stream, whose text is given to `whole` when it has ended. */
async function* overheard(stream: Readable, whole: (text: string) => void): AsyncGenerator<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of stream) {
    pieces.push(Buffer.from(piece));
    yield Buffer.from(piece);
  }
  whole(Buffer.concat(pieces).toString());
}

/**
 * Holds every answer of `app` against its declaration, and gives what does not fit to `report`. For tests: it reads each body once more. To be called before
 * routes are added.
 */
export function watchConformity(app: App, report: (fault: string) => void): void {
  app.addHook('onSend', async (request, reply, payload) => {
    const declared = request.routeOptions.config.operation;
    if (declared === undefined || request.method === 'HEAD') return payload;
    const headerFault = headerFaultOf(declared, reply.statusCode, reply.getHeaders());
    if (headerFault !== undefined) report(headerFault);
    if (payload instanceof Readable) {
      return Readable.from(
        overheard(payload, (text) => {
          const fault = faultOf(declared, reply.statusCode, text);
          if (fault !== undefined) report(fault);
        }),
      );
    }
    const text = typeof payload === 'string' ? payload : Buffer.isBuffer(payload) ? payload.toString() : '';
    const fault = faultOf(declared, reply.statusCode, text);
    if (fault !== undefined) report(fault);
    return payload;
  });
}

import { Readable } from 'node:stream';

import { Type, type TSchema } from 'typebox';
import { Value } from 'typebox/value';

import type { App } from '../app.ts';
import { ProblemBody } from './document.ts';
import { errorsOf, type DeclaredOperation } from './operation.ts';

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
  return errors.length === 0 ? undefined : `${declared.id} answers ${status} otherwise than declared: ${errors.join('; ')}`;
}

function faultOfLines(declared: DeclaredOperation, schema: TSchema, text: string): string | undefined {
  if (!text.endsWith('\n')) return `${declared.id} ends within a line`;
  const wrong = text
    .split('\n')
    .slice(0, -1)
    .find((line) => !Value.Check(schema, JSON.parse(line)));
  return wrong === undefined ? undefined : `${declared.id} has a line otherwise than declared: ${wrong}`;
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

import { Readable } from 'node:stream';

import type { FastifyRequest } from 'fastify';

import type { App } from '../app.ts';
import { AppError } from '../errors.ts';

/** A body that the handler reads by itself, a piece at a time, and that may be larger than one that is held in memory. */
export interface StreamedBody {
  /** Its media types; another is answered 415. */
  readonly media: readonly string[];
  readonly limitBytes: number;
}

/** The media type of a request without its parameters, in lower case; empty where it names none. */
export const mediaOf = (request: FastifyRequest): string =>
  (request.headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';

/** Lets bodies of the route's media types through to the handler as they are. To be called for each route that takes one, as it is added. */
export function passBodies(app: App, { media }: StreamedBody): void {
  for (const type of media) {
    if (app.hasContentTypeParser(type)) continue;
    app.addContentTypeParser(type, (request, payload, done) => {
      // The parser is the app's: of its other routes none takes such a body.
      const taken = request.routeOptions.config.operation?.takes;
      if (taken?.media.includes(type) === true) done(null, payload);
      else done(new AppError('unsupported_media_type'));
    });
  }
}

/** Throws AppError `unsupported_media_type`, or `body_too_large` for a body that says so itself, before any of it is read. */
export function requireStreamable(request: FastifyRequest, { media, limitBytes }: StreamedBody): void {
  if (!media.includes(mediaOf(request)))
    throw new AppError('unsupported_media_type', { detail: `It is to be one of: ${media.join(', ')}.` });
  if (Number(request.headers['content-length'] ?? 0) > limitBytes) throw tooLarge(limitBytes);
}

/**
 * The pieces of a streamed body, read as fast as they are taken. Throws AppError `body_too_large` after the piece with which the limit is passed, and `malformed_body`
 * where the client goes before its end.
 */
export async function* bodyPieces(request: FastifyRequest): AsyncGenerator<Buffer> {
  const limitBytes = request.routeOptions.config.operation?.takes?.limitBytes ?? 0;
  const { body } = request;
  if (!(body instanceof Readable)) return;
  let total = 0;
  const pieces: AsyncIterator<unknown> = body[Symbol.asyncIterator]();
  for (;;) {
    const piece = await pieces.next().catch((cause: unknown) => {
      throw new AppError('malformed_body', { detail: 'The body ended before its end.', cause });
    });
    if (piece.done === true) return;
    if (!Buffer.isBuffer(piece.value)) throw new TypeError('a piece of a body is no bytes');
    total += piece.value.length;
    if (total > limitBytes) throw tooLarge(limitBytes);
    yield piece.value;
  }
}

const tooLarge = (limitBytes: number): AppError => new AppError('body_too_large', { detail: `A body may have ${limitBytes} bytes here.` });

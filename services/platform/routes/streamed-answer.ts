import { Readable } from 'node:stream';

/**
 * A stream of what `pieces` makes, as fast as it is taken; where the client goes, `pieces` is ended. What goes wrong before the first piece is thrown, and so answered as a
 * problem like any other; later, the answer breaks off.
 */
export async function streamOf(pieces: AsyncGenerator<string>): Promise<Readable> {
  const first = await pieces.next();
  return Readable.from(resumed(first, pieces));
}

async function* resumed(first: IteratorResult<string>, rest: AsyncGenerator<string>): AsyncGenerator<string> {
  try {
    for (let next = first; next.done !== true; next = await rest.next()) yield next.value;
  } finally {
    await rest.return(undefined);
  }
}

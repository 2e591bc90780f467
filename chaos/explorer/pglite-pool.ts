import { Duplex } from 'node:stream';

import type { PGlite } from '@electric-sql/pglite';
import pg from 'pg';

/** Message types after which the server answers: Query, Sync, Terminate, Flush. */
const ENDS_A_TURN = new Set(['Q', 'S', 'X', 'H'].map((letter) => letter.charCodeAt(0)));

/** Where the last message that ends a turn ends in `bytes`; 0 where there is none. Each message is a type, its length, its body. */
function endOfTurn(bytes: Buffer): number {
  let end = 0;
  for (let at = 0; at + 5 <= bytes.length;) {
    const next = at + 1 + bytes.readInt32BE(at + 1);
    if (next > bytes.length) break;
    if (ENDS_A_TURN.has(bytes[at] ?? 0)) end = next;
    at = next;
  }
  return end;
}

/** The wire between node-postgres and a PostgreSQL that runs in this process. Bytes are handed over a turn at a time: calls into it are dear. */
function wireTo(database: PGlite, role: string): Duplex {
  let started = false;
  let introduced = false;
  let waiting: Buffer = Buffer.alloc(0);
  /** There is one session, for ever: who connects anew must find it as a new one would be. */
  async function answerTo(turn: Buffer): Promise<Uint8Array> {
    if (introduced) return database.execProtocolRaw(turn);
    introduced = true;
    const answer = await database.execProtocolRaw(turn);
    await database.exec('ROLLBACK');
    await database.exec('DISCARD ALL');
    await database.exec(`SET SESSION AUTHORIZATION ${role}`);
    return answer;
  }
  const wire = new Duplex({
    read() {},
    write(chunk: Buffer, _encoding, done) {
      waiting = waiting.length === 0 ? chunk : Buffer.concat([waiting, chunk]);
      // The startup packet alone has no type.
      const end = started ? endOfTurn(waiting) : waiting.length;
      started = true;
      if (end === 0) return done();
      const turn = Buffer.from(waiting.subarray(0, end));
      waiting = waiting.subarray(end);
      if (turn[0] === 'X'.charCodeAt(0)) {
        wire.push(null);
        return done();
      }
      answerTo(turn).then(
        (answer) => {
          wire.push(Buffer.from(answer));
          done();
        },
        (error: unknown) => done(error instanceof Error ? error : new Error(String(error))),
      );
    },
  });
  return Object.assign(wire, {
    connect: () => setImmediate(() => wire.emit('connect')),
    setNoDelay: () => undefined,
    setKeepAlive: () => undefined,
    ref: () => undefined,
    unref: () => undefined,
  });
}

/**
 * A pool of the one connection that PGlite has, as node-postgres's own: the product's code runs on it unchanged. Every session is the superuser's
 * underneath; it starts with the authorization of `role`.
 */
export function poolOfPglite(database: PGlite, role: string): pg.Pool {
  return new pg.Pool({
    max: 1,
    pipeline: true,
    user: 'postgres',
    database: 'postgres',
    stream: () => wireTo(database, role),
    idleTimeoutMillis: 0,
  });
}

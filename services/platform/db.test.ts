import { once } from 'node:events';
import { createServer } from 'node:net';

import { expect, it } from 'vitest';

import { openDatabase } from './db.ts';
import { createLogger } from './log.ts';
import { cacheSecrets } from './secrets/cache.ts';

const log = createLogger({ level: 'silent', region: 'test' });
const secrets = cacheSecrets({ get: async () => '{"username":"any","password":"any"}', close: () => undefined });
const open = (url: string) => openDatabase({ url, service: 'any', secrets, log });
/** SSLRequest (https://www.postgresql.org/docs/17/protocol-message-formats.html). */
const SSL_REQUEST = '0000000804d2162f';

/** What a server hears first of whoever opens the database of this mode. */
async function firstWord(sslmode: string): Promise<string> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const heard = new Promise<string>((resolve) => {
    server.once('connection', (socket) => {
      socket
        .on('error', () => undefined)
        .once('data', (bytes) => {
          resolve(bytes.toString('hex'));
          socket.destroy();
        });
    });
  });
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  const database = await open(`postgres://127.0.0.1:${port}/any${sslmode === '' ? '' : `?sslmode=${sslmode}`}`);
  await database.ping().catch(() => undefined);
  await database.close();
  server.close();
  return heard;
}

it.each(['require', 'verify-ca', 'verify-full'])('a database of sslmode=%s hears nothing in the clear', async (mode) => {
  expect(await firstWord(mode)).toBe(SSL_REQUEST);
});

it.each(['', 'disable'])('one of sslmode=%s is spoken to in the clear', async (mode) => {
  expect(await firstWord(mode)).not.toBe(SSL_REQUEST);
});

it('a mode that asks for encryption where there is some, and takes none, is not a mode of ours', async () => {
  await expect(open('postgres://127.0.0.1:1/any?sslmode=prefer')).rejects.toThrow('configuration: sslmode of DATABASE_URL');
});

import { createServer, request as send, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { zstdDecompressSync } from 'node:zlib';

/** Stands at the border, passes everything on and keeps it: headers and bodies in both directions, as sent and expanded. */
export interface Tap {
  readonly url: string;
  /** Everything that crossed so far, as text. */
  recorded(): string;
  /** While cut, requests are recorded and go no further. */
  cut(isCut: boolean): void;
  close(): Promise<void>;
}

function textOf(headers: IncomingHttpHeaders, body: Buffer): string {
  const expanded =
    headers['content-encoding'] === 'zstd' && body.length > 0 ? zstdDecompressSync(body).toString('utf8') : body.toString('utf8');
  return [JSON.stringify(headers), body.toString('latin1'), expanded].join('\n');
}

/** A recording proxy in front of `target` (an HTTP server's address). The host header stays as the sender signed it. */
export async function openTap(target: string): Promise<Tap> {
  const kept: string[] = [];
  let isCut = false;
  const server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const body = Buffer.concat(chunks);
      kept.push(`${incoming.method} ${incoming.url}\n${textOf(incoming.headers, body)}`);
      if (isCut) {
        incoming.socket.destroy();
        return;
      }
      const onward = send(new URL(incoming.url ?? '/', target), { method: incoming.method, headers: incoming.headers }, (answer) => {
        const parts: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => parts.push(chunk));
        answer.on('end', () => {
          const whole = Buffer.concat(parts);
          kept.push(`${answer.statusCode}\n${textOf(answer.headers, whole)}`);
          outgoing.writeHead(answer.statusCode ?? 502, answer.headers).end(whole);
        });
      });
      onward.on('error', () => outgoing.destroy());
      onward.end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    recorded: () => kept.join('\n'),
    cut(value) {
      isCut = value;
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

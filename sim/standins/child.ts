import type { createServer, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseArgs, type ParseArgsConfig } from 'node:util';

/** One line on stdout that the supervisor, or a person, can read. Everything that is no announcement is a log. */
export function logLine(level: 'info' | 'warn' | 'error', message: string, fields: Record<string, unknown> = {}): void {
  process.stdout.write(`${JSON.stringify({ level, time: new Date().toISOString(), message, ...fields })}\n`);
}

/** Tells the supervisor that `name` is bound and where. */
export function announceListening(name: string, url: string): void {
  process.stdout.write(`${JSON.stringify({ event: 'listening', name, url })}\n`);
}

/** Tells the supervisor that everything in this process answers. */
export function announceReady(): void {
  process.stdout.write(`${JSON.stringify({ event: 'ready' })}\n`);
}

/** A mistake in the command line: its message is all that the user needs. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Parses the command line strictly. An unknown or malformed flag is a `UsageError`. */
export function readFlags<T extends NonNullable<ParseArgsConfig['options']>>(
  options: T,
  args: string[],
): ReturnType<typeof parseArgs<{ options: T; strict: true; args: string[] }>>['values'] {
  try {
    return parseArgs({ options, strict: true, args }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/** Reads a whole number between `min` and `max`, or throws a `UsageError` which names the flag. */
export function wholeNumber(flag: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < min || value > max)
    throw new UsageError(`--${flag} must be a whole number from ${min} to ${max}, not "${text}"`);
  return value;
}

/** Reads an http URL, or throws a `UsageError` which names the flag. */
export function httpUrl(flag: string, text: string | undefined): string {
  if (text === undefined || !URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) {
    throw new UsageError(`--${flag} must be an http URL${text === undefined ? '' : `, not "${text}"`}`);
  }
  return text.replace(/\/+$/, '');
}

/**
 * Runs a stand-in as a child process: `start` binds and announces its listeners and gives back how to stop. Exits 2 on a mistake in the
 * command line, 1 when it cannot start, 0 after SIGTERM or SIGINT - at the latest two seconds after, whatever `stop` still waits for.
 */
export async function runChild(start: (args: string[]) => Promise<() => Promise<void>>): Promise<void> {
  try {
    const stop = await start(process.argv.slice(2));
    let stopping = false;
    const onSignal = (): void => {
      if (stopping) return;
      stopping = true;
      setTimeout(() => process.exit(0), 1_900).unref();
      stop().then(
        () => process.exit(0),
        (error: unknown) => {
          logLine('error', 'Stopping failed', { error: String(error) });
          process.exit(1);
        },
      );
    };
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      // Libraries (miniflare) bring handlers of their own, which would end the process before it has drained.
      process.removeAllListeners(signal).on(signal, onSignal);
    }
    announceReady();
  } catch (error) {
    process.stderr.write(
      `${error instanceof Error ? (error instanceof UsageError ? error.message : (error.stack ?? error.message)) : String(error)}\n`,
    );
    process.exit(error instanceof UsageError ? 2 : 1);
  }
}

/** Listens on the loopback interface; resolves with the URL, rejects when the port is taken. */
export async function listenOnLoopback(server: Server, port: number): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return `http://127.0.0.1:${addressOf(server).port}`;
}

function addressOf(server: Server): AddressInfo {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server is not bound to a TCP port');
  return address;
}

/** Closes the server: idle connections at once, busy ones when their answer is out. */
export function closeServer(server: ReturnType<typeof createServer>): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
  });
}

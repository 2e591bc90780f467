import { parseArgs } from 'node:util';
import { isLoopback } from './listen-address.ts';
import { startToxiproxy } from './server.ts';

const USAGE = 'usage: node sim/standins/toxiproxy/main.ts [--port 0] [--host 127.0.0.1] [--seed NUMBER]';

interface Flags {
  readonly host: string;
  readonly port: number;
  readonly seed: number | undefined;
}

function print(entry: Readonly<Record<string, unknown>>): void {
  process.stdout.write(`${JSON.stringify(entry)}\n`);
}

function wholeNumber(name: string, text: string, most: number): number {
  if (!/^\d+$/.test(text) || Number(text) > most) throw new TypeError(`--${name} must be a whole number up to ${most}, not '${text}'`);
  return Number(text);
}

/** Throws a TypeError that says what is wrong with the command line. */
function readFlags(argv: readonly string[]): Flags {
  const { values } = parseArgs({
    args: [...argv],
    options: { host: { type: 'string', default: '127.0.0.1' }, port: { type: 'string', default: '0' }, seed: { type: 'string' } },
  });
  if (!isLoopback(values.host)) throw new TypeError(`--host must be a loopback address, not '${values.host}'`);
  const seed = values.seed === undefined ? undefined : wholeNumber('seed', values.seed, 2 ** 32 - 1);
  return { host: values.host, port: wholeNumber('port', values.port, 65_535), seed };
}

async function main(): Promise<void> {
  let flags: Flags;
  try {
    flags = readFlags(process.argv.slice(2));
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    process.stderr.write(`${error.message}\n${USAGE}\n`);
    process.exitCode = 2;
    return;
  }
  const toxiproxy = await startToxiproxy({ ...flags, log: print });
  print({ event: 'listening', name: 'toxiproxy', url: toxiproxy.url });
  print({ event: 'ready' });
  const stop = () => {
    toxiproxy
      .close()
      .then(() => process.exit(0))
      .catch((error: unknown) => {
        print({ level: 'error', message: 'stop failed', error: String(error) });
        process.exit(1);
      });
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
}

await main();

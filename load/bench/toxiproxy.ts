// What a proxy without toxics costs: bulk throughput, and the time it adds to a small request and its answer. Run by hand, on a quiet machine:
//   node load/bench/toxiproxy.ts [--seconds 3] [--connections 1]
// Compares a direct connection, the stand-in and, when it is on PATH, the original toxiproxy-server.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { Worker, isMainThread, parentPort } from 'node:worker_threads';

const SINK_CHUNK = Buffer.alloc(64 * 1024, 'x');
const PING = Buffer.alloc(200, 'p');
const ORIGINAL_PORT = 28_474;

interface Ports {
  readonly echo: number;
  readonly sink: number;
}

interface Server {
  readonly name: string;
  readonly api: string;
  readonly child: ChildProcess;
}

const portOf = (address: string | AddressInfo | null): number => (address !== null && typeof address === 'object' ? address.port : 0);

/** The far side, in a thread of its own so that it does not compete with the client for one event loop. */
async function serveFarSide(): Promise<Ports> {
  const echo = createServer({ noDelay: true }, (socket) => socket.on('data', (data) => socket.write(data)).on('error', () => {}));
  const sink = createServer({ noDelay: true }, (socket) => socket.on('data', () => {}).on('error', () => {}));
  await Promise.all([once(echo.listen(0, '127.0.0.1'), 'listening'), once(sink.listen(0, '127.0.0.1'), 'listening')]);
  return { echo: portOf(echo.address()), sink: portOf(sink.address()) };
}

async function dial(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  await once(socket, 'connect');
  return socket;
}

/** MB/s that the kernel took from all connections together. */
async function throughput(port: number, seconds: number, connections: number): Promise<number> {
  const sockets = await Promise.all(Array.from({ length: connections }, () => dial(port)));
  const endMs = performance.now() + seconds * 1000;
  const startedMs = performance.now();
  const pump = async (socket: Socket) => {
    while (performance.now() < endMs) if (!socket.write(SINK_CHUNK)) await once(socket, 'drain');
  };
  await Promise.all(sockets.map(pump));
  const bytes = sockets.reduce((sum, socket) => sum + socket.bytesWritten - socket.writableLength, 0);
  for (const socket of sockets) socket.destroy();
  return bytes / 1e6 / ((performance.now() - startedMs) / 1000);
}

/** Sorted round-trip times in microseconds of one request at a time. */
async function roundTrips(port: number, seconds: number): Promise<number[]> {
  const socket = await dial(port);
  const endMs = performance.now() + seconds * 1000;
  const times: number[] = [];
  while (performance.now() < endMs) {
    const startedMs = performance.now();
    socket.write(PING);
    for (let left = PING.length; left > 0;) {
      const [data] = await once(socket, 'data');
      left -= data instanceof Buffer ? data.length : 0;
    }
    times.push((performance.now() - startedMs) * 1000);
  }
  socket.destroy();
  return times.slice(Math.floor(times.length / 10)).toSorted((a, b) => a - b);
}

async function startStandIn(): Promise<Server> {
  const child = spawn(process.execPath, ['sim/standins/toxiproxy/main.ts'], { stdio: ['ignore', 'pipe', 'inherit'] });
  for await (const line of createInterface({ input: child.stdout })) {
    const url = /"url":"([^"]+)"/.exec(line)?.[1];
    if (url !== undefined) return { name: 'stand-in', api: url, child };
  }
  throw new Error('the stand-in did not start');
}

async function startOriginal(): Promise<Server | undefined> {
  const child = spawn('toxiproxy-server', ['-host', '127.0.0.1', '-port', String(ORIGINAL_PORT)], { stdio: 'ignore' });
  const started = await new Promise<boolean>((resolve) => child.once('spawn', () => resolve(true)).once('error', () => resolve(false)));
  if (!started) return undefined;
  const api = `http://127.0.0.1:${ORIGINAL_PORT}`;
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const answered = await fetch(`${api}/version`).then(
      () => true,
      () => false,
    );
    if (answered) return { name: 'original', api, child };
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('toxiproxy-server did not answer');
}

async function proxied(server: Server, name: string, port: number): Promise<number> {
  const body = JSON.stringify({ name, listen: '127.0.0.1:0', upstream: `127.0.0.1:${port}` });
  const response = await fetch(`${server.api}/proxies`, { method: 'POST', body });
  return Number(/"listen":"[^"]*:(\d+)"/.exec(await response.text())?.[1]);
}

async function measure(name: string, ports: Ports, seconds: number, connections: number): Promise<void> {
  const times = await roundTrips(ports.echo, seconds);
  const at = (share: number) => (times[Math.floor(times.length * share)] ?? Number.NaN).toFixed(0).padStart(6);
  const megabytes = await throughput(ports.sink, seconds, connections);
  const line = `${name.padEnd(10)} ${megabytes.toFixed(0).padStart(7)} MB/s   round trip p50 ${at(0.5)} us  p99 ${at(0.99)} us`;
  process.stdout.write(`${line}\n`);
}

/** A link through the embedded Toxiproxy, and through the original where that is installed, beside none. Throws for options that are no numbers above 0. */
export async function benchToxiproxy(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: { seconds: { type: 'string', default: '3' }, connections: { type: 'string', default: '1' } },
  });
  const [seconds, connections] = [Number(values.seconds), Number(values.connections)];
  if (!(seconds > 0 && connections > 0)) throw new Error('--seconds and --connections must be numbers above 0');
  const worker = new Worker(new URL(import.meta.url));
  const [ports]: Ports[] = await once(worker, 'message');
  if (ports === undefined) throw new Error('the far side did not start');
  const original = await startOriginal();
  const servers = [await startStandIn(), ...(original === undefined ? [] : [original])];
  try {
    await measure('direct', ports, seconds, connections);
    for (const server of servers) {
      const through = { echo: await proxied(server, 'echo', ports.echo), sink: await proxied(server, 'sink', ports.sink) };
      await measure(server.name, through, seconds, connections);
    }
  } finally {
    for (const { child } of servers) child.kill();
    await worker.terminate();
  }
}

// This file is the far side's, too.
if (!isMainThread) parentPort?.postMessage(await serveFarSide());

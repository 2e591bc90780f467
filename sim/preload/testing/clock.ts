/** Says what time it is whenever a line comes in, in every way there is to ask. */
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';
import { Worker } from 'node:worker_threads';

class Sub extends Date {}

const worker = new Worker(
  `const { parentPort } = require('node:worker_threads'); parentPort.on('message', () => parentPort.postMessage(Date.now()));`,
  { eval: true },
);
const server = createServer((_request, response) => response.end()).listen(0, '127.0.0.1');
const monotonicFrom = performance.now();
const hrtimeFrom = process.hrtime.bigint();

async function readings(): Promise<Record<string, unknown>> {
  const { port } = server.address() as { port: number };
  const inWorker = new Promise<number>((resolve) => worker.once('message', resolve));
  worker.postMessage('');
  return {
    now: Date.now(),
    date: new Date().getTime(),
    called: new Date(Date()).getTime(),
    subclass: new Sub().getTime(),
    worker: await inWorker,
    httpHeader: Date.parse((await fetch(`http://127.0.0.1:${port}/`)).headers.get('date') ?? ''),
    origin: performance.timeOrigin + performance.now(),
    passedMs: performance.now() - monotonicFrom,
    hrtimeMs: Number(process.hrtime.bigint() - hrtimeFrom) / 1e6,
    childSkewMs: process.env['SIM_CLOCK_SKEW_MS'],
    alike:
      new Date() instanceof Date &&
      new Sub() instanceof Sub &&
      new Sub() instanceof Date &&
      new Date().constructor === Date &&
      Date.length === 7 &&
      Date.name === 'Date' &&
      new Date(0).toISOString() === '1970-01-01T00:00:00.000Z' &&
      new Date(2020, 1, 2).getFullYear() === 2020 &&
      Date.UTC(2020, 0) === Date.parse('2020-01-01T00:00:00Z') &&
      structuredClone(new Date(5)).getTime() === 5,
  };
}

server.once('listening', () => process.stdout.write('ready\n'));
createInterface({ input: process.stdin })
  .on('line', () => void readings().then((all) => process.stdout.write(`${JSON.stringify(all)}\n`)))
  .on('close', () => {
    // Nothing of the preload's may keep the process alive.
    void worker.terminate();
    server.close();
    server.closeAllConnections();
  });

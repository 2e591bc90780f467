/** Reaches out in the way that it is told to, and says what came of it: what a service does, in one line each. */
import { fork, spawn } from 'node:child_process';
import { createSocket, Socket, type SocketOptions } from 'node:dgram';
import dns, { lookup, promises as dnsPromises } from 'node:dns';
import { once } from 'node:events';
import http from 'node:http';
import http2 from 'node:http2';
import https from 'node:https';
import net from 'node:net';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import tls from 'node:tls';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';

const failure = async (emitter: NodeJS.EventEmitter, event = 'error'): Promise<unknown> => {
  const [error] = (await once(emitter, event)) as unknown[];
  return error;
};
const caught = async (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );
const called = async (begin: (callback: (error: unknown) => void) => unknown): Promise<unknown> =>
  new Promise((resolve) => void begin(resolve));
const anEmptyPath = { path: '', host: '192.0.2.1', port: 80, timeout: 500 };
/** Tells a socket that wants to bind the truth, and one that wants to send another place than it asked for. */
const lying: SocketOptions['lookup'] = (host, _options, done) => done(null, host === '0.0.0.0' ? host : '192.0.2.1', 4);
const here = fileURLToPath(import.meta.url);
const port = Number(process.argv[3] ?? 0);

const ways: Readonly<Record<string, () => Promise<unknown>>> = {
  http: () => failure(http.get('http://service.invalid/')),
  https: () => failure(https.get('https://service.invalid/')),
  http2: () => failure(http2.connect('https://service.invalid/')),
  fetch: () => caught(fetch('http://service.invalid/')),
  'fetch-post': () => caught(fetch('http://service.invalid/', { method: 'POST', body: 'x' })),
  request: async () => {
    const undici = await import('undici');
    return caught(undici.request('http://service.invalid/'));
  },
  'request-of-a-stream': async () => {
    const undici = await import('undici');
    const body = async function* (): AsyncGenerator<string> {
      yield 'x';
    };
    return caught(undici.request('http://service.invalid/', { method: 'POST', body: Readable.from(body()) }));
  },
  pool: async () => {
    const { Pool } = await import('undici');
    return caught(new Pool('http://service.invalid').request({ path: '/', method: 'GET' }));
  },
  'undici-fetch': async () => {
    const undici = await import('undici');
    return caught(undici.fetch('http://service.invalid/', { method: 'POST', body: 'x' }));
  },
  websocket: () => failure(socketOf(new WebSocket('ws://service.invalid/'))),
  pg: async () => {
    const { Client } = (await import('pg')).default;
    return caught(new Client({ host: 'db.invalid', user: 'x', database: 'x' }).connect());
  },
  tls: () => failure(tls.connect(443, 'service.invalid')),
  net: () => failure(net.connect({ host: 'service.invalid', port: 25 })),
  metadata: () => failure(http.get('http://169.254.169.254/latest/meta-data/')),
  ipv6: () => failure(http.get('http://[2001:db8::1]/')),
  'mapped-ipv6': () => failure(net.connect(80, '::ffff:192.0.2.1')),
  zero: () => failure(net.connect(9, '0.0.0.0')),
  'lying-lookup': () =>
    failure(net.connect({ host: 'localhost', port: 80, lookup: (_host, _options, done) => done(null, '192.0.2.1', 4) })),
  'empty-path': () => failure(net.connect(anEmptyPath)),
  'tls-empty-path': () => failure(tls.connect(anEmptyPath)),
  'padded-port': () => failure(Reflect.apply(net.Socket.prototype.connect, new net.Socket(), [' 80', '192.0.2.1'])),
  lookup: () => called((callback) => lookup('service.invalid', callback)),
  'lookup-all': () => called((callback) => lookup('service.invalid', { all: true }, callback)),
  'lookup-promise': () => caught(dnsPromises.lookup('service.invalid')),
  'lookup-promisified': () => caught(promisify(lookup)('service.invalid')),
  resolve: () => called((callback) => dns.resolve('service.invalid', callback)),
  'resolve-promise': () => caught(dnsPromises.resolveTxt('service.invalid')),
  resolver: () => called((callback) => new dns.Resolver().resolve6('service.invalid', callback)),
  'resolver-promise': () => caught(new dnsPromises.Resolver().resolve4('service.invalid')),
  'resolve-after-set-servers': () => {
    dns.setServers(['127.0.0.1:9']);
    return called((callback) => dns.resolveMx('service.invalid', callback));
  },
  'set-servers': () => caught((async () => dns.setServers(['192.0.2.1']))()),
  'set-servers-promises': () => caught((async () => dnsPromises.setServers(['[2001:db8::1]:53']))()),
  'resolver-elsewhere': () =>
    caught(
      (async () => {
        const resolver = new dnsPromises.Resolver({ timeout: 200, tries: 1 });
        resolver.setServers(['127.0.0.1:9', '192.0.2.1:5353']);
        return resolver.resolve4('localhost');
      })(),
    ),
  'resolver-elsewhere-of-callbacks': () => caught((async () => new dns.Resolver({ timeout: 200, tries: 1 }).setServers(['192.0.2.1']))()),
  reverse: () => caught(dnsPromises.reverse('192.0.2.1')),
  'lookup-service': () => caught(dnsPromises.lookupService('192.0.2.1', 80)),
  datagram: () => {
    const socket = createSocket('udp4');
    return called((callback) => socket.send('x', 53, '192.0.2.1', callback)).finally(() => socket.close());
  },
  'datagram-slice': () => {
    const socket = createSocket('udp4');
    socket.send(Buffer.from('xyz'), 0, 2, 53, 'service.invalid');
    return failure(socket).finally(() => socket.close());
  },
  'datagram-connect': () => {
    const socket = createSocket('udp4');
    return called((callback) => socket.connect(53, '192.0.2.1', callback as () => void)).finally(() => socket.close());
  },
  'datagram-slice-of-texts': () => {
    const socket = createSocket('udp4');
    return called((callback) => Reflect.apply(socket.send, socket, ['xyz', '0', '2', 53, '192.0.2.1', callback])).finally(() =>
      socket.close(),
    );
  },
  'datagram-lying-lookup': () => {
    const socket = createSocket({ type: 'udp4', lookup: lying });
    return called((callback) => socket.send('x', 53, 'localhost', callback)).finally(() => socket.close());
  },
  'datagram-lying-lookup-of-nobody': () => {
    const socket: Socket = Reflect.construct(Socket, [{ type: 'udp4', lookup: lying }]);
    return called((callback) => socket.send('x', 53, callback)).finally(() => socket.close());
  },
  'datagram-connect-lying-lookup': () => {
    const socket = createSocket({ type: 'udp4', lookup: lying });
    return called((callback) => socket.connect(53, 'localhost', callback as () => void)).finally(() => socket.close());
  },
  nodemailer: async () => {
    const { createTransport } = (await import('nodemailer')).default;
    return caught(createTransport({ host: 'mail.invalid', port: 25 }).sendMail({ from: 'a@b.test', to: 'c@d.test', text: 'x' }));
  },
  'nodemailer-named': async () => {
    const { createTransport } = (await import('nodemailer')).default;
    return caught(createTransport({ host: 'localhost', port: 9 }).sendMail({ from: 'a@b.test', to: 'c@d.test', text: 'x' }));
  },
  aws: async () => {
    const { ListQueuesCommand, SQSClient } = await import('@aws-sdk/client-sqs');
    const credentials = { accessKeyId: 'x', secretAccessKey: 'y' };
    return caught(new SQSClient({ region: 'eu-west-1', credentials, maxAttempts: 1 }).send(new ListQueuesCommand({})));
  },
  'aws-metadata': async () => {
    const { ListQueuesCommand, SQSClient } = await import('@aws-sdk/client-sqs');
    return caught(new SQSClient({ region: 'eu-west-1', maxAttempts: 1 }).send(new ListQueuesCommand({})));
  },
  worker: async () => {
    const [error] = (await once(new Worker(new URL(import.meta.url), { argv: ['in-worker'] }), 'message')) as [unknown];
    return error;
  },
  'worker-of-text': async () => {
    const program = `require('node:net').connect(80, 'service.invalid').on('error', (error) => require('node:worker_threads').parentPort.postMessage(error))`;
    const [error] = (await once(new Worker(program, { eval: true }), 'message')) as [unknown];
    return error;
  },
  'worker-of-nothing': async () => {
    const program = `require('node:net').connect(80, 'service.invalid').on('error', (error) => require('node:worker_threads').parentPort.postMessage(error))`;
    const [error] = (await once(new Worker(program, { eval: true, env: {}, execArgv: [] }), 'message')) as [unknown];
    return error;
  },
  'spawned-node': async () =>
    JSON.parse(await text(spawn(process.execPath, [here, 'http'], { stdio: ['ignore', 'pipe', 'inherit'] }).stdout)) as unknown,
  'forked-node': async () =>
    JSON.parse(await text(fork(here, ['http'], { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] }).stdout!)) as unknown,
  loopback: async () => {
    const server = http.createServer((_request, response) => response.end('here')).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const own = (server.address() as net.AddressInfo).port;
    const url = `http://127.0.0.1:${own}/`;
    const [get] = (await once(http.get(`http://localhost:${own}/`, { family: 4 }), 'response')) as [http.IncomingMessage];
    const found = [
      await (await fetch(url)).text(),
      await (await (await import('undici')).request(url)).body.text(),
      await text(get),
      (await dnsPromises.lookup('localhost', { family: 4 })).address,
      (await dnsPromises.lookup('192.0.2.1')).address,
    ];
    server.close();
    server.closeAllConnections();
    const receiver = createSocket('udp4').bind(0, '127.0.0.1');
    await once(receiver, 'listening');
    const sender = createSocket('udp4');
    sender.send('datagram', receiver.address().port, '127.0.0.1');
    const [message] = (await once(receiver, 'message')) as [Buffer];
    sender.close();
    receiver.close();
    return [...found, message.toString()];
  },
  attached: async () => {
    const toHere: net.LookupFunction = (_host, options, done) =>
      options.all === true ? done(null, [{ address: '127.0.0.1', family: 4 }]) : done(null, '127.0.0.1', 4);
    const socket = net.connect({ host: 'Attached.invalid', port, lookup: toHere });
    await once(socket, 'connect');
    socket.destroy();
    return failure(net.connect({ host: 'attached.invalid', port: port + 1, lookup: toHere }));
  },
};

function socketOf(socket: WebSocket): NodeJS.EventEmitter {
  const emitter = http.globalAgent;
  socket.addEventListener('error', (event) => emitter.emit('error', (event as Event & { error: unknown }).error));
  return emitter;
}

/** An error as its caller finds it: its code, or that of what caused it. */
function described(found: unknown): unknown {
  if (!(found instanceof Error)) return found;
  const { code, cause, errors } = found as Error & { code?: string; cause?: unknown; errors?: unknown[] };
  return { code, message: found.message, cause: described(cause), errors: errors?.map(described) };
}

const way = process.argv[2] ?? '';
if (way === 'in-worker') {
  const { parentPort } = await import('node:worker_threads');
  parentPort?.postMessage(described(await ways['http']!()));
} else {
  process.stdout.write(`${JSON.stringify(described(await ways[way]!()) ?? null)}\n`);
}

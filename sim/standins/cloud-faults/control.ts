import type { IncomingHttpHeaders, Server } from 'node:http';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { createAnsweringServer, type Answer, type WholeRequest } from '../http-server/answering-server.ts';
import { parseJson } from '../http-server/parse-json.ts';
import type { Denial } from './denial.ts';
import { QueueFault, queueFaultKinds, type QueueFaultKind, type Tally } from './queue-fault.ts';
import type { QueueFaults } from './queue-faults.ts';

export interface ControlDeps {
  readonly queue: QueueFaults;
  readonly denial: Denial;
  /** Leads what stands in front of the queue or the secrets to the server behind it, and says where it listens; undefined where the fault needs none. */
  readonly entrance: (of: 'queue' | 'secrets', upstream: string | undefined) => string | undefined;
  /** Told that the faults are as they are to be: what waits for that goes on. */
  readonly ready?: () => void;
  readonly onFault: (error: unknown) => void;
}

const Upstream = Type.Optional(Type.String({ pattern: '^http://127\\.0\\.0\\.1:\\d+' }));
const queueRequest = Compile(Type.Object({ fault: QueueFault, upstream: Upstream }, { additionalProperties: false }));
const denialRequest = Compile(
  Type.Object({ names: Type.Array(Type.String({ minLength: 1 })), upstream: Upstream }, { additionalProperties: false }),
);

/** No page can send it without asking first (a preflight, which is refused), and no proxy adds it. */
const GUARD = 'x-madeinworld-control';

/**
 * How the supervisor drives the faults of a cloud, on 127.0.0.1: `PUT /drop`, `/delay`, `/duplicate`, `/deny` puts one in force, `DELETE` takes it away, `GET`
 * shows what it did; `PUT /ready` says that all are in force that were before a restart. Whoever can open a connection to this machine's loopback may do so; a web page may not.
 */
export function createControl(deps: ControlDeps): Server {
  return createAnsweringServer({
    bodyLimitBytes: 64 * 1024,
    answer: async (request) => (isGuarded(request.headers) ? route(request, deps) : answerOf(403, { error: 'not from here' })),
    tooLong: () => answerOf(413, { error: 'the request is too large' }),
    failed: (error) => {
      deps.onFault(error);
      return answerOf(500, { error: 'the fault could not be changed; the log says why' });
    },
    onFault: deps.onFault,
  });
}

function isGuarded(headers: IncomingHttpHeaders): boolean {
  // A page whose name was led to 127.0.0.1 (DNS rebinding) sends that name as the host.
  const local = /^127\.0\.0\.1:\d+$/.test(headers.host ?? '');
  return local && headers[GUARD] === '1' && headers.origin === undefined && headers['sec-fetch-site'] === undefined;
}

function route({ method, target, body }: WholeRequest, deps: ControlDeps): Answer {
  const name = target.slice(1);
  if (name === 'ready' && method === 'PUT') {
    deps.ready?.();
    return answerOf(200, {});
  }
  const kind = queueFaultKinds.find((known) => known === name);
  if (kind === undefined && name !== 'deny') return answerOf(404, { error: 'no such fault' });
  switch (method) {
    case 'PUT':
      return kind === undefined ? deny(body, deps) : put(kind, body, deps);
    case 'GET':
      return answerOf(200, { tally: tallyOf(kind, deps), entrance: null, others: othersOf(kind, deps) });
    case 'DELETE': {
      const tally = tallyOf(kind, deps);
      if (kind === undefined) deps.denial.allow();
      else deps.queue.clear(kind);
      return answerOf(200, { tally, entrance: null, others: othersOf(kind, deps) });
    }
    default:
      return answerOf(405, { error: 'PUT, GET or DELETE' });
  }
}

function put(kind: QueueFaultKind, body: Buffer, deps: ControlDeps): Answer {
  const wanted = parseJson(body);
  if (!queueRequest.Check(wanted)) return answerOf(400, { error: 'the fault is not understood' });
  deps.queue.set(kind, wanted.fault);
  const entrance = deps.entrance('queue', wanted.upstream) ?? null;
  return answerOf(200, { tally: tallyOf(kind, deps), entrance, others: othersOf(kind, deps) });
}

function deny(body: Buffer, deps: ControlDeps): Answer {
  const wanted = parseJson(body);
  if (!denialRequest.Check(wanted)) return answerOf(400, { error: 'the denial is not understood' });
  deps.denial.deny(wanted.names);
  const entrance = deps.entrance('secrets', wanted.upstream) ?? null;
  return answerOf(200, { tally: tallyOf(undefined, deps), entrance, others: 0 });
}

function tallyOf(kind: QueueFaultKind | undefined, deps: ControlDeps): Tally | null {
  return (kind === undefined ? deps.denial.tally() : deps.queue.tallyOf(kind)) ?? null;
}

/** How many faults need the same entrance besides. */
function othersOf(kind: QueueFaultKind | undefined, deps: ControlDeps): number {
  return kind === undefined ? 0 : deps.queue.kinds().filter((other) => other !== kind).length;
}

function answerOf(status: number, body: object): Answer {
  return { status, headers: { 'content-type': 'application/json', 'cache-control': 'no-store' }, body: JSON.stringify(body) };
}
